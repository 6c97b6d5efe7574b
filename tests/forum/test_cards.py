"""What the community's pages tell search engines and link previews."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN
from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.forum import editing, verdicts
from portal.forum.models import TopicKind
from portal.forum.paths import path_of_topic
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user
from tests.machines import BASE, Head, head_of


def head(client: FlaskClient, path: str) -> Head:
    answer = client.get(path)
    assert answer.status_code == 200
    return head_of(answer.text)


def test_a_topic_says_where_it_stands(client: FlaskClient, session: Session) -> None:
    topic = make_topic(session, author=make_customer(session), title="印刷できません")
    told = head(client, f"{path_of_topic(topic)}?q=labels")
    assert told.is_for_robots
    assert told.of("canonical")[0].startswith(f"{BASE}/community/topics/{topic.id}-%E5%8D%B0")
    feeds = [f"/community/{topic.board.slug}/feed.atom", "/community/feed.atom"]
    assert told.of("alternate", "application/atom+xml") == sorted(feeds)
    assert (told.metas["og:title"], told.metas["og:locale"]) == (["印刷できません"], ["ja_JP"])
    steps = told.things["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == ["Community", topic.board.name("en"), "印刷できません"]


def test_a_later_page_of_a_topic_is_a_page_of_its_own(client: FlaskClient, session: Session) -> None:
    asker = make_customer(session)
    topic = make_topic(session, author=asker)
    for _ in range(26):
        make_reply(session, author=asker, topic=topic)
    path = f"{path_of_topic(topic)}?page=2"
    assert head(client, path).of("canonical") == [BASE + path]


@pytest.mark.parametrize("query", ["?queue=solved", "?after=WyIyMDI2LTExLTIwVDAzOjAwOjAwKzAwOjAwIiwgMV0"])
def test_lists_are_for_robots_from_their_start_only(
    client: FlaskClient, session: Session, query: str
) -> None:
    board = make_board(session)
    for path in ("/community/", f"/community/{board.slug}/"):
        assert head(client, path).of("canonical") == [BASE + path]
        assert not head(client, path + query).is_for_robots


def test_a_board_that_is_not_for_everyone_tells_machines_nothing(
    session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    asker, board = make_customer(session), make_board(session, audience=SIGNED_IN)
    topic = make_topic(session, author=asker, board=board)
    browser = browser_of(asker)
    for path in (f"/community/{board.slug}/", path_of_topic(topic)):
        assert not head(browser, path).is_for_robots
        assert head(browser, path).of("canonical") == []


def test_a_solved_question_is_told_with_its_answers(client: FlaskClient, session: Session) -> None:
    asker, helper = make_customer(session, name="Ana"), make_customer(session, name="Ben")
    topic = make_topic(session, author=asker, title="Labels?", body="*Nothing* prints.")
    other = make_reply(session, author=asker, topic=topic, body="It still does not.")
    answer = make_reply(session, author=helper, topic=topic, body="Turn `it` on.</script>")
    path = path_of_topic(topic)
    assert "QAPage" not in head(client, path).things

    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    verdicts.vote(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    session.commit()

    question = head(client, path).things["QAPage"]["mainEntity"]
    accepted = question.pop("acceptedAnswer")
    (suggested,) = question.pop("suggestedAnswer")
    assert question == {
        "@type": "Question",
        "name": "Labels?",
        "answerCount": 2,
        "text": "Nothing prints.",
        "url": BASE + path,
        "upvoteCount": 0,
        "datePublished": "2026-11-20T03:00:00+00:00",
        "author": {"@type": "Person", "name": "Ana", "url": f"{BASE}/people/{asker.id}"},
    }
    assert (accepted["text"], accepted["upvoteCount"]) == ("Turn it on.</script>", 1)
    assert accepted["author"]["name"] == "Ben"
    assert accepted["url"] == f"{BASE}{path}#post-{answer.id}"
    assert (suggested["@type"], suggested["url"]) == ("Answer", f"{BASE}{path}#post-{other.id}")


def test_what_was_removed_is_told_to_nobody(
    client: FlaskClient, session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    asker, staff = make_customer(session), make_user(session)
    topic = make_topic(session, author=asker)
    gone = make_reply(session, author=asker, topic=topic, body="A secret")
    answer = make_reply(session, author=asker, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    editing.remove_post(session, actor=actor_of(asker), post_id=gone.id, now=NOW)
    session.commit()
    for reader in (browser_of(staff), client):
        told = head(reader, path_of_topic(topic)).things["QAPage"]["mainEntity"]
        assert "suggestedAnswer" not in told


@pytest.mark.parametrize(
    ("days", "replies", "kind", "is_told"),
    [
        (400, 0, TopicKind.QUESTION, False),
        (400, 1, TopicKind.QUESTION, True),
        (400, 0, TopicKind.DISCUSSION, True),
        (300, 0, TopicKind.QUESTION, True),
    ],
)
def test_old_questions_without_replies_are_not_for_robots(
    client: FlaskClient, session: Session, days: int, replies: int, kind: TopicKind, *, is_told: bool
) -> None:
    asker, then = make_customer(session), utc_now() - timedelta(days=days)
    topic = make_topic(session, author=asker, kind=kind, now=then)
    for _ in range(replies):
        make_reply(session, author=asker, topic=topic, now=then)
    assert head(client, path_of_topic(topic)).is_for_robots is is_told
