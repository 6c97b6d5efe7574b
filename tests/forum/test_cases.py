"""What waits for a moderator: seen by its author and moderators alone, decided once, and undone at will."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor, Level
from portal.accounts.models import User
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.forum import cases, editing, flags, queries, queues, service
from portal.forum.case_models import PostCase
from portal.forum.cases import Decision, State
from portal.forum.models import BoardModerator, ModerationAct, Post, PostFlag, Topic, TopicKind
from portal.forum.service import Draft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic

Browse = Callable[[User], FlaskClient]
ADVERT = "Use coupon code X: the coupon gives a discount. 40% off, and 50% off tomorrow!"


@pytest.fixture
def staff(session: Session) -> Actor:
    return actor_of(make_user(session))


@pytest.fixture
def topic(session: Session) -> Topic:
    return make_topic(session, author=make_customer(session))


@pytest.fixture
def author(session: Session) -> User:
    return make_customer(session, name="Sam Seller")


@pytest.fixture
def held(session: Session, author: User, topic: Topic) -> Post:
    return make_reply(session, author=author, topic=topic, body=ADVERT)


def found(session: Session, post: Post) -> bool:
    session.flush()
    rows = select(SearchDocument).where(
        SearchDocument.key == f"post:{post.id}", SearchDocument.is_removed.is_(False)
    )
    return session.scalar(rows) is not None


def told(session: Session, event: str) -> int:
    return len(session.scalars(select(OutboxEvent).where(OutboxEvent.name == event)).all())


def decide(session: Session, actor: Actor, post: Post, decision: Decision) -> Post:
    return cases.decide(session, actor=actor, post_id=post.id, decision=decision, now=NOW)


def flag(session: Session, post: Post, reason: str = "spam") -> Actor:
    reader = actor_of(make_customer(session))
    flags.flag(session, actor=reader, post_id=post.id, reason=reason, comment="", now=NOW)
    return reader


def test_what_looks_like_spam_is_unseen_untold_and_uncounted(
    session: Session, staff: Actor, author: User, topic: Topic, held: Post
) -> None:
    assert held.is_held
    assert (topic.answer_count, topic.active_at) == (0, NOW)
    assert not found(session, held)
    assert told(session, "ReplyPosted") == 0
    for actor in (VISITOR, actor_of(make_customer(session))):
        assert held not in read_topic(session, actor, topic.id).replies
        with pytest.raises(NotFoundError):
            queries.post_for(session, actor, held.id)
    for actor in (staff, actor_of(author)):
        assert held in read_topic(session, actor, topic.id).replies
    with pytest.raises(ForbiddenError):
        editing.restore_post(session, actor=actor_of(author), post_id=held.id, now=NOW)


def test_what_is_kept_appears_and_is_told(session: Session, staff: Actor, topic: Topic, held: Post) -> None:
    decide(session, staff, held, Decision.KEEP)

    assert not held.is_removed
    assert topic.answer_count == 1
    assert found(session, held)
    assert told(session, "ReplyPosted") == 1
    decide(session, staff, held, Decision.KEEP)
    assert told(session, "ReplyPosted") == 1


@pytest.mark.parametrize("is_new", [True, False])
def test_only_what_readers_have_not_seen_brings_a_topic_up(
    session: Session, staff: Actor, topic: Topic, *, is_new: bool
) -> None:
    post = make_reply(
        session, author=make_customer(session), topic=topic, body=ADVERT if is_new else "Turn it off."
    )
    later = NOW + timedelta(days=300)
    if not is_new:
        for _ in range(2):
            reader = actor_of(make_customer(session, level=int(Level.GUIDE)))
            flags.flag(session, actor=reader, post_id=post.id, reason="abuse", comment="", now=later)
    assert post.is_held
    cases.decide(session, actor=staff, post_id=post.id, decision=Decision.KEEP, now=later)

    assert topic.active_at == (later if is_new else NOW)


def test_what_is_refused_stays_away_until_that_is_undone(session: Session, staff: Actor, held: Post) -> None:
    decide(session, staff, held, Decision.REMOVE)
    assert (held.is_held, held.removed_by_id) == (False, staff.user_id)
    with pytest.raises(ConflictError):
        decide(session, staff, held, Decision.KEEP)

    cases.reopen(session, actor=staff, post_id=held.id, now=NOW)
    decide(session, staff, held, Decision.KEEP)

    assert not held.is_removed
    acts = session.scalars(select(ModerationAct.kind).order_by(ModerationAct.id)).all()
    assert acts == ["removed", "reopened", "kept"]


def test_a_held_topic_is_on_no_list_and_its_board_counts_it_not(session: Session, staff: Actor) -> None:
    author = make_customer(session)
    topic = make_topic(session, author=author, title="Cheap", body=ADVERT)

    assert topic.is_removed
    assert queues.topics_for(session, actor_of(author)).rows == []
    assert told(session, "TopicPosted") == 0
    decide(session, staff, queries.posts_of(session, topic)[0], Decision.KEEP)
    assert queues.topics_for(session, VISITOR).rows == [topic]
    assert told(session, "TopicPosted") == 1


def test_an_advert_put_into_an_older_post_is_held_too(session: Session, author: User, topic: Topic) -> None:
    post = make_reply(session, author=author, topic=topic, body="Turn it off and on.")

    editing.edit_post(
        session, actor=actor_of(author), post_id=post.id, draft=Draft(body=ADVERT), edition=1, now=NOW
    )

    assert post.is_held


def test_the_same_words_by_several_people_are_a_repetition(session: Session, topic: Topic) -> None:
    call = "Printer Expert. Thank you for choosing us! Call toll free 1 800 555 0100 for support & help."
    first = make_reply(session, author=make_customer(session), topic=topic, body=call)
    second = make_reply(session, author=make_customer(session), topic=topic, body=call.replace("us", "me"))

    assert (first.is_held, second.is_held) == (False, True)
    assert "repeated" in session.get_one(PostCase, second.id).spam_signs


def test_moderators_are_never_held(session: Session, staff: Actor, topic: Topic) -> None:
    keeper = make_customer(session)
    session.add(BoardModerator(board_id=topic.board_id, user_id=keeper.id))
    session.flush()

    for actor in (staff, actor_of(keeper)):
        post = service.reply(
            session, actor=actor, topic_id=topic.id, draft=Draft(body=ADVERT), holds_first=True, now=NOW
        )
        assert not post.is_held


def test_a_site_may_hold_whatever_comes_first(session: Session, staff: Actor, author: User) -> None:
    topic = service.post_topic(
        session,
        actor=actor_of(author),
        board_slug=make_topic(session, author=make_customer(session)).board.slug,
        kind=TopicKind.QUESTION,
        draft=Draft(title="How?", body="Like this?"),
        holds_first=True,
        now=NOW,
    )
    assert topic.is_removed
    decide(session, staff, queries.posts_of(session, topic)[0], Decision.KEEP)

    again = service.reply(
        session,
        actor=actor_of(author),
        topic_id=topic.id,
        draft=Draft(body="Yes."),
        holds_first=True,
        now=NOW,
    )

    assert not again.is_held


def test_reports_of_a_post_make_one_case_that_comes_back(
    session: Session, staff: Actor, topic: Topic
) -> None:
    post = make_reply(session, author=make_customer(session), topic=topic)
    flag(session, post)
    flag(session, post, "wrong")
    (view,) = cases.cases_for(session, staff)
    assert [one.reason for one in view.flags] == ["spam", "wrong"]
    assert (view.history.standing, view.history.removed) == (1, 0)

    decide(session, staff, post, Decision.KEEP)

    assert not cases.cases_for(session, staff)
    assert cases.open_count_for(session, staff) == 0
    assert all(one.resolved_by_id == staff.user_id for one in session.scalars(select(PostFlag)))
    assert [one.case.post_id for one in cases.cases_for(session, staff, state=State.DONE)] == [post.id]
    flag(session, post)
    assert cases.open_count_for(session, staff) == 1


def test_a_case_is_taken_on_by_one(session: Session, staff: Actor, held: Post) -> None:
    other = actor_of(make_user(session))
    cases.assign(session, actor=staff, post_id=held.id, is_taken=True)

    with pytest.raises(ConflictError):
        cases.assign(session, actor=other, post_id=held.id, is_taken=True)

    assert [len(cases.cases_for(session, who, state=State.MINE)) for who in (staff, other)] == [1, 0]
    cases.assign(session, actor=other, post_id=held.id, is_taken=False)
    cases.assign(session, actor=other, post_id=held.id, is_taken=True)


def test_who_keeps_a_board_sees_its_cases_and_no_others(
    session: Session, author: User, topic: Topic, held: Post
) -> None:
    keeper = make_customer(session)
    session.add(BoardModerator(board_id=topic.board_id, user_id=keeper.id))
    elsewhere = make_reply(
        session, author=author, topic=make_topic(session, author=make_customer(session)), body=ADVERT
    )

    assert [view.case.post_id for view in cases.cases_for(session, actor_of(keeper))] == [held.id]
    decide(session, actor_of(keeper), held, Decision.REMOVE)
    with pytest.raises(NotFoundError):
        decide(session, actor_of(keeper), elsewhere, Decision.KEEP)
    with pytest.raises(ForbiddenError):
        cases.cases_for(session, actor_of(author))
    with pytest.raises(ForbiddenError):
        decide(session, actor_of(author), elsewhere, Decision.KEEP)


def test_the_queue_says_why_and_the_writer_what_happens(
    app: Flask, session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    path = f"/community/topics/{topic.id}/posts"
    page = browser_of(author).post(path, data={"body": ADVERT}, follow_redirects=True).text
    assert "A moderator looks at it first" in page
    assert "This waits for a moderator" in page
    session.rollback()
    post_id = session.scalars(select(PostCase.post_id)).one()
    moderator = browser_of(make_user(session))

    queue = moderator.get("/community/moderation/").text

    assert "It advertises savings again and again." in queue
    assert "Sam Seller" in queue
    answer = moderator.post(f"/community/moderation/{post_id}/decision", data={"decision": "keep"})
    assert answer.location == "/community/moderation/"
    assert "Nothing to look at" in moderator.get("/community/moderation/").text
    assert "Decide again" in moderator.get("/community/moderation/?state=done").text
    assert "coupon" in app.test_client().get(f"/community/topics/{topic.id}", follow_redirects=True).text


def test_a_held_topic_is_not_called_closed(session: Session, browser_of: Browse, author: User) -> None:
    topic = make_topic(session, author=author, title="Cheap", body=ADVERT)

    page = browser_of(author).get(f"/community/topics/{topic.id}", follow_redirects=True).text

    assert "This waits for a moderator" in page
    assert "This topic is closed" not in page
