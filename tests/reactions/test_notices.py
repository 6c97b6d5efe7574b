"""Who is told what."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import User
from portal.forum import cases, editing, flags, moderation, verdicts
from portal.forum.cases import Decision
from portal.forum.models import Topic
from portal.forum.paths import path_of_post, path_of_topic
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, Translation, Verdict
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Edit
from portal.notifications.models import Notice
from portal.notifications.wording import sentence
from portal.support import service as support
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_customer,
    make_reply,
    make_request,
    make_topic,
    make_user,
)
from tests.knowledge.factories import make_article, make_section

Told = Callable[[], list[tuple[int, str, str]]]


@pytest.fixture
def told(session: Session, work: Callable[[], None]) -> Told:
    """Return who was told which kind of thing, and where it leads."""

    def read() -> list[tuple[int, str, str]]:
        session.commit()
        work()
        rows = session.execute(select(Notice.user_id, Notice.kind, Notice.path).order_by(Notice.id))
        return [(user_id, kind, path) for user_id, kind, path in rows]

    return read


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def test_the_asker_hears_of_a_reply(session: Session, asker: User, topic: Topic, told: Told) -> None:
    helper = make_customer(session, name="Lee Park")
    post = make_reply(session, author=helper, topic=topic)
    expected = [(asker.id, "reply", path_of_post(topic, post))]

    assert told() == expected
    assert session.scalars(select(Notice.params)).one() == {"name": "Lee Park", "title": topic_title(session)}


def topic_title(session: Session) -> str:
    return session.scalars(select(Topic.title)).one()


def test_nobody_hears_of_their_own_deeds(session: Session, asker: User, topic: Topic, told: Told) -> None:
    post = make_reply(session, author=asker, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)

    assert told() == []


def test_who_helped_hears_that_it_worked_once(
    session: Session, asker: User, topic: Topic, told: Told
) -> None:
    helper = make_customer(session)
    post, actor = make_reply(session, author=helper, topic=topic), actor_of(asker)
    for hours in (0, 1):
        at = NOW + timedelta(hours=hours)
        verdicts.accept_answer(session, actor=actor, post_id=post.id, now=at)
        verdicts.withdraw_acceptance(session, actor=actor, post_id=post.id, now=at)
    expected = (helper.id, "accepted", path_of_post(topic, post))

    assert [row for row in told() if row[1] == "accepted"] == [expected]


def test_the_manager_hears_of_a_request_and_the_author_of_its_answer(session: Session, told: Told) -> None:
    manager = make_user(session)
    kim = make_user(session, account=make_account(session, manager_id=manager.id))
    request = make_request(session, author=kim)
    support.reply(session, actor=actor_of(manager), request_id=request.id, body="Which file?", now=NOW)
    support.reply(session, actor=actor_of(kim), request_id=request.id, body="This one.", now=NOW)
    path = f"/support/requests/{request.id}"
    expected = [(manager.id, "request_opened", path), (kim.id, "request_answered", path)]

    assert told() == expected


def test_an_account_without_a_manager_waits_in_the_list(session: Session, asker: User, told: Told) -> None:
    make_request(session, author=asker)

    assert told() == []


def send_for_review(session: Session, author: User, text: Translation, body: str = "Waiting words.") -> None:
    """Let someone write a new text of an article and send it for review."""
    service.save_article(
        session,
        actor=actor_of(author),
        article_id=text.article_id,
        base_number=text.newest_number,
        language="en",
        text=Text(title=text.title, body=body),
        edit=Edit(),
        now=NOW,
    )
    article = article_with_texts(session, text.article_id)
    workflow.ask_for_review(session, actor=actor_of(author), article=article, language="en", now=NOW)
    session.commit()


def decide(session: Session, reviewer: User, text: Translation, verdict: Verdict) -> None:
    workflow.review(
        session,
        actor=actor_of(reviewer),
        article=article_with_texts(session, text.article_id),
        language="en",
        number=text.newest_number,
        verdict=verdict,
        comment="Which button?",
        now=NOW,
    )
    session.commit()


@pytest.fixture
def article(session: Session) -> Translation:
    return make_article(session)


def reviewers(told: Told, article: Translation) -> list[int]:
    """Return who was asked to review an article."""
    path = f"/staff/articles/{article.article_id}/en/review"
    return [user_id for user_id, kind, where in told() if (kind, where) == ("review_asked", path)]


def test_the_verifier_of_an_article_is_asked_to_review_it(
    session: Session, article: Translation, told: Told
) -> None:
    author, verifier = make_user(session, name="Aya Mori"), make_user(session)
    make_user(session, role=Role.ADMIN)
    session.get_one(Article, article.article_id).verifier_id = verifier.id
    send_for_review(session, author, article)
    assert reviewers(told, article) == [verifier.id]
    notice = session.scalars(select(Notice)).one()
    assert sentence(notice.kind, notice.params) == "Aya Mori asks you to review “Print labels”."


def test_else_the_verifier_of_the_nearest_section(session: Session, told: Told) -> None:
    near, far, author = make_user(session), make_user(session), make_user(session)
    top = make_section(session)
    middle = make_section(session, parent=top)
    article = make_article(session, section=make_section(session, parent=middle))
    top.verifier_id, middle.verifier_id = far.id, near.id
    send_for_review(session, author, article)
    assert reviewers(told, article) == [near.id]


def test_else_those_who_reviewed_it_before(session: Session, article: Translation, told: Told) -> None:
    author, reviewer = make_user(session), make_user(session)
    make_user(session, role=Role.ADMIN)
    send_for_review(session, author, article)
    decide(session, reviewer, article, Verdict.CHANGES_ASKED)
    send_for_review(session, author, article, "Better words.")
    assert reviewers(told, article)[-1] == reviewer.id


def test_else_every_admin_but_the_author_and_who_left(
    session: Session, article: Translation, told: Told
) -> None:
    author, admin = make_user(session, role=Role.ADMIN), make_user(session, role=Role.ADMIN)
    make_user(session, role=Role.ADMIN, is_active=False)
    session.get_one(Article, article.article_id).verifier_id = author.id
    send_for_review(session, author, article)
    assert reviewers(told, article) == [admin.id]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.APPROVED, "Lee Park approved “Print labels”."),
        (Verdict.CHANGES_ASKED, "Lee Park asks for changes in “Print labels”."),
    ],
)
def test_the_author_hears_what_a_reviewer_says(
    session: Session, article: Translation, told: Told, verdict: Verdict, words: str
) -> None:
    author, reviewer = make_user(session), make_user(session, name="Lee Park")
    send_for_review(session, author, article)
    decide(session, reviewer, article, verdict)
    path = f"/staff/articles/{article.article_id}/en"
    assert (author.id, f"review_{verdict}", path) in told()
    notice = session.scalars(select(Notice).where(Notice.user_id == author.id)).one()
    assert sentence(notice.kind, notice.params) == words


def test_who_asked_the_same_hears_when_it_is_solved_and_may_read_it(
    session: Session, asker: User, topic: Topic, told: Told
) -> None:
    helper, second, third = (make_customer(session) for _ in range(3))
    for person in (second, third):
        again = make_topic(session, author=person)
        moderation.link_to_original(
            session, actor=actor_of(person), topic_id=again.id, original_id=topic.id, now=NOW
        )
    topic.board.audience = frozenset({f"account:{account.account_id}" for account in (asker, helper, second)})
    answer = make_reply(session, author=helper, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    solved = [(user_id, path) for user_id, kind, path in told() if kind == "original_solved"]

    assert solved == [(second.id, path_of_topic(topic))]


def test_who_wrote_hears_that_a_moderator_took_it_away_and_not_what_they_did_themselves(
    session: Session, asker: User, topic: Topic, told: Told
) -> None:
    helper, staff = make_customer(session), actor_of(make_user(session))
    removed, decided, own, kept = (
        make_reply(session, author=helper, topic=topic, body=f"Reply {number}") for number in range(4)
    )
    editing.remove_post(session, actor=staff, post_id=removed.id, now=NOW)
    editing.remove_post(session, actor=actor_of(helper), post_id=own.id, now=NOW)
    for post, decision in ((decided, Decision.REMOVE), (kept, Decision.KEEP)):
        flags.flag(session, actor=actor_of(asker), post_id=post.id, reason="spam", comment="", now=NOW)
        cases.decide(session, actor=staff, post_id=post.id, decision=decision, now=NOW)

    heard = [(who, path) for who, kind, path in told() if kind == "post_removed"]
    assert heard == [(helper.id, path_of_post(topic, post)) for post in (removed, decided)]


def test_what_is_there_again_is_not_told_as_taken_away(session: Session, topic: Topic, told: Told) -> None:
    helper, staff = make_customer(session), actor_of(make_user(session))
    post = make_reply(session, author=helper, topic=topic)
    editing.remove_post(session, actor=staff, post_id=post.id, now=NOW)
    editing.restore_post(session, actor=staff, post_id=post.id, now=NOW)

    assert "post_removed" not in [kind for _who, kind, _path in told()]
