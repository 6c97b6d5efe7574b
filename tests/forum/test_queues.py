"""Which topics stand in which queue, for whom, and what an empty one says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.forum import editing, flags, queues, service, verdicts
from portal.forum.models import Post, Topic, TopicKind
from portal.notifications import service as notifications
from portal.reactions.subjects import named_for
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]
HOUR = timedelta(hours=1)


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def helper(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def in_queue(session: Session, actor: Actor, queue: str) -> list[int]:
    session.commit()
    return [topic.id for topic in queues.topics_for(session, actor, queue=queue).rows]


def comment(session: Session, author: User, post: Post, *, hours: int) -> Post:
    at = NOW + hours * HOUR
    return service.comment(session, actor=actor_of(author), post_id=post.id, body="Hm.", now=at)


def test_an_asker_waits_from_what_they_wrote_last_until_someone_answers(
    session: Session, asker: User, helper: User, topic: Topic
) -> None:
    def waits() -> bool:
        found = in_queue(session, VISITOR, "asker")
        assert queues.waiting_count_for(session, VISITOR) == len(found)
        return found == [topic.id]

    seen = [waits()]
    answer = make_reply(session, author=helper, topic=topic, now=NOW + HOUR)
    seen.append(waits())
    asked_back = comment(session, asker, answer, hours=2)
    seen.append(waits())
    said = comment(session, helper, answer, hours=3)
    seen.append(waits())
    editing.remove_post(session, actor=actor_of(helper), post_id=said.id, now=NOW)
    seen.append(waits())
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    seen.append(waits())
    editing.restore_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    seen.append(waits())
    editing.remove_post(session, actor=actor_of(asker), post_id=asked_back.id, now=NOW)
    seen.append(waits())
    make_reply(session, author=asker, topic=topic, now=NOW + 4 * HOUR)
    seen.append(waits())
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    seen.append(waits())
    verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    seen.append(waits())

    assert seen == [False, False, True, False, True, False, True, False, True, False, True]


def test_what_waits_for_a_moderator_is_no_last_word(session: Session, asker: User, topic: Topic) -> None:
    make_reply(session, author=asker, topic=topic, now=NOW + HOUR)
    spam = "Coupon! Discount code, coupon, 50% off, promo code, coupon deals http://a.example"
    held = make_reply(session, author=make_customer(session), topic=topic, body=spam, now=NOW + 2 * HOUR)
    assert held.is_held
    assert in_queue(session, VISITOR, "asker") == [topic.id]


def test_a_discussion_has_no_asker(session: Session, asker: User) -> None:
    talk = make_topic(session, author=asker, kind=TopicKind.DISCUSSION)
    make_reply(session, author=asker, topic=talk, now=NOW + HOUR)
    assert in_queue(session, VISITOR, "asker") == []


def test_what_one_has_answered(session: Session, asker: User, helper: User, topic: Topic) -> None:
    actor = actor_of(helper)
    own = make_topic(session, author=helper)
    talk = make_topic(session, author=asker, kind=TopicKind.DISCUSSION)
    for where in (topic, topic, own, talk):
        answer = make_reply(session, author=helper, topic=where)
    gone = make_reply(session, author=helper, topic=make_topic(session, author=asker))
    editing.remove_post(session, actor=actor, post_id=gone.id, now=NOW)

    assert in_queue(session, actor, "answered") == [topic.id]
    assert in_queue(session, VISITOR, "answered") == []
    assert not answer.is_removed


def test_what_one_watches_and_may_see(session: Session, asker: User, topic: Topic) -> None:
    reader, board = actor_of(make_customer(session)), make_board(session)
    others = [make_topic(session, author=asker, board=board) for _ in range(2)]
    for subject in (f"topic:{topic.id}", f"topic:{others[0].id}", f"board:{topic.board_id}"):
        notifications.watch(session, actor=reader, subject=subject, named_for=named_for, now=NOW)
    assert set(in_queue(session, reader, "watched")) == {topic.id, others[0].id}

    board.audience = STAFF
    assert in_queue(session, reader, "watched") == [topic.id]
    assert in_queue(session, VISITOR, "watched") == []


def test_nobody_counts_what_they_may_not_see(
    session: Session, asker: User, helper: User, topic: Topic
) -> None:
    hidden = make_topic(session, author=asker)
    for where in (topic, hidden):
        make_reply(session, author=asker, topic=where, now=NOW + HOUR)
    hidden.board.audience = STAFF
    session.commit()
    staff = actor_of(make_user(session))
    counts = [queues.waiting_count_for(session, actor) for actor in (VISITOR, actor_of(helper), staff)]
    assert counts == [1, 1, 2]
    assert queues.waiting_count_for(session, staff, hidden.board) == 1


def test_the_tabs_say_how_many_wait(
    session: Session, browser_of: Browse, asker: User, helper: User, topic: Topic
) -> None:
    reply = make_reply(session, author=asker, topic=topic, now=NOW + HOUR)
    flags.flag(session, actor=actor_of(helper), post_id=reply.id, reason="spam", comment="", now=NOW)
    session.commit()

    page = browser_of(make_user(session)).get("/community/").text
    assert "Asker wrote last (1)" in page
    assert "Needs a moderator (1)" in page
    assert "Needs a moderator" not in browser_of(helper).get("/community/").text


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ("unanswered", "Every question has a reply"),
        ("unsolved", "Every question is solved"),
        ("asker", "Nobody waits"),
        ("solved", "Nothing is solved yet"),
        ("mine", "You have not started a topic here"),
        ("answered", "You have not answered a question here"),
        ("watched", "You watch no topic here"),
        ("all", "No topic fits"),
    ],
)
def test_an_empty_queue_says_what_to_do(
    session: Session, browser_of: Browse, helper: User, queue: str, words: str
) -> None:
    page = browser_of(helper).get(f"/community/?queue={queue}").text
    empty = page.partition('<div class="empty">')[2].partition("</footer>")[0]
    assert words in empty
    assert 'class="button"' in empty
