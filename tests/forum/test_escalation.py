"""Questions that wait too long reach staff once: by the account's touch tier, and while they wait."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import TouchTier, User
from portal.core.db import transaction
from portal.core.errors import ForbiddenError
from portal.core.outbox import OutboxEvent
from portal.core.paging import Cursor
from portal.forum import editing, moderation, queries, service, verdicts
from portal.forum.experts import queries as experts
from portal.forum.experts.models import QuestionEscalation
from portal.forum.experts.rules import LOOKED_BACK
from portal.forum.experts.service import BATCH, escalate_overdue
from portal.forum.models import Topic, TopicKind
from portal.forum.moderation import Mark
from portal.forum.service import Draft
from portal.notifications.models import Notice
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_board,
    make_customer,
    make_reply,
    make_topic,
    make_user,
)

Work = Callable[[], None]
Browse = Callable[[User], FlaskClient]
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def manager(session: Session) -> User:
    return make_user(session, name="Mia Manager")


@pytest.fixture
def asker(session: Session, manager: User) -> User:
    account = make_account(session, name="Heron Foods", touch_tier=TouchTier.HIGH, manager_id=manager.id)
    return make_user(session, account=account)


@pytest.fixture
def question(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def escalate(session: Session, *, now: datetime) -> int:
    count = escalate_overdue(session, now=now)
    session.commit()
    return count


def heard(session: Session, person: User) -> list[str]:
    kinds = select(Notice.kind).where(Notice.user_id == person.id, Notice.kind == "question_waits")
    return list(session.scalars(kinds))


@pytest.mark.parametrize(("tier", "hours"), [(TouchTier.HIGH, 4), (TouchTier.LOW, 24), (TouchTier.TECH, 72)])
def test_the_manager_hears_once_as_soon_as_the_tier_says(
    session: Session, work: Work, manager: User, tier: TouchTier, hours: int
) -> None:
    account = make_account(session, touch_tier=tier, manager_id=manager.id)
    make_topic(session, author=make_user(session, account=account))

    assert escalate(session, now=NOW + hours * HOUR - SECOND) == 0
    assert escalate(session, now=NOW + hours * HOUR) == 1
    assert escalate(session, now=NOW + hours * HOUR + HOUR) == 0
    work()

    assert heard(session, manager) == ["question_waits"]


def answer(session: Session, topic: Topic) -> None:
    make_reply(session, author=make_customer(session), topic=topic)


def solve(session: Session, topic: Topic) -> None:
    post = make_reply(session, author=session.get_one(User, topic.author_id), topic=topic)
    actor = actor_of(make_user(session))
    verdicts.accept_answer(session, actor=actor, post_id=post.id, now=NOW)


def mark(mark: Mark) -> Callable[[Session, Topic], None]:
    def change(session: Session, topic: Topic) -> None:
        actor = actor_of(make_user(session))
        moderation.mark_topic(session, actor=actor, topic_id=topic.id, mark=mark, is_set=True, now=NOW)

    return change


def remove(session: Session, topic: Topic) -> None:
    opening = queries.posts_of(session, topic)[0]
    editing.remove_post(session, actor=actor_of(make_user(session)), post_id=opening.id, now=NOW)


def merge(session: Session, topic: Topic) -> None:
    other = make_topic(session, author=make_user(session), kind=TopicKind.DISCUSSION)
    actor = actor_of(make_user(session))
    moderation.merge_topics(session, actor=actor, topic_id=topic.id, into_id=other.id, now=NOW)


def link(session: Session, topic: Topic) -> None:
    other = make_topic(session, author=make_user(session), kind=TopicKind.DISCUSSION)
    actor = actor_of(make_user(session))
    moderation.link_to_original(session, actor=actor, topic_id=topic.id, original_id=other.id, now=NOW)


ENDINGS = {
    "answered": answer,
    "solved": solve,
    "closed": mark(Mark.CLOSED),
    "archived": mark(Mark.ARCHIVED),
    "removed": remove,
    "merged": merge,
    "asked before": link,
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_what_does_not_wait_is_not_brought_to_staff(
    session: Session, question: Topic, end: Callable[[Session, Topic], None]
) -> None:
    end(session, question)
    session.commit()

    assert escalate(session, now=NOW + 5 * HOUR) == 0


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_nor_told_or_listed_once_it_waits_no_more(
    session: Session, work: Work, manager: User, question: Topic, end: Callable[[Session, Topic], None]
) -> None:
    assert escalate(session, now=NOW + 5 * HOUR) == 1
    assert [one.topic for one in experts.waiting_for(session, actor_of(manager)).rows] == [question]

    end(session, question)
    session.commit()
    work()

    assert heard(session, manager) == []
    assert experts.waiting_for(session, actor_of(manager)).rows == []


def test_a_held_question_waits_for_a_moderator_not_for_an_answer(session: Session, asker: User) -> None:
    advert = "Use coupon code X: the coupon gives a discount. 40% off, and 50% off tomorrow!"
    topic = make_topic(session, author=asker, title="Cheap", body=advert)

    assert topic.is_removed
    assert escalate(session, now=NOW + 5 * HOUR) == 0


def test_neither_an_own_reply_nor_a_comment_nor_a_held_reply_is_an_answer(
    session: Session, asker: User, question: Topic
) -> None:
    make_reply(session, author=asker, topic=question, body="It is a thermal printer.")
    helper = actor_of(make_customer(session))
    opening = queries.posts_of(session, question)[0]
    service.comment(session, actor=helper, post_id=opening.id, body="Which model?", now=NOW)
    held = Draft(body="The same. Use coupon code X: the coupon gives a discount. 40% off, and 50% off!")
    assert service.reply(session, actor=helper, topic_id=question.id, draft=held, now=NOW).is_held
    session.commit()

    assert escalate(session, now=NOW + 5 * HOUR) == 1


def test_other_topics_and_those_of_staff_or_of_long_ago_are_left_alone(session: Session, asker: User) -> None:
    make_topic(session, author=asker, kind=TopicKind.IDEA)
    make_topic(session, author=make_user(session))
    make_topic(session, author=asker, now=NOW - LOOKED_BACK)

    assert escalate(session, now=NOW + 100 * HOUR) == 0


def test_without_a_manager_it_stands_in_the_list_with_its_account_and_hours(
    session: Session, work: Work, browser_of: Browse
) -> None:
    account = make_account(session, name="Heron Foods", touch_tier=TouchTier.LOW)
    topic = make_topic(session, author=make_user(session, account=account), title="Nobody answers me")
    escalate(session, now=NOW + 24 * HOUR)
    work()

    with time_machine.travel(NOW + 30 * HOUR + SECOND, tick=False):
        staff = browser_of(make_user(session))
        page = staff.get("/staff/questions/").text
        today = staff.get("/staff/").text

    assert session.scalars(select(Notice.kind).where(Notice.kind == "question_waits")).all() == []
    assert all(words in page for words in ("Nobody answers me", "Heron Foods", "Low touch", ">30<"))
    assert f"/community/topics/{topic.id}" in today
    assert "Heron Foods, Low touch" in today


def test_the_list_is_for_staff_alone_and_begins_with_the_oldest(session: Session, asker: User) -> None:
    board = make_board(session, audience=STAFF)
    late = make_topic(session, author=asker, now=NOW + HOUR)
    early = make_topic(session, author=asker, now=NOW)
    session.execute(update(Topic).where(Topic.id == early.id).values(board_id=board.id))
    escalate(session, now=NOW + 6 * HOUR)
    staff = actor_of(make_user(session))

    assert [one.topic.id for one in experts.waiting_for(session, staff).rows] == [early.id, late.id]
    after = Cursor(at=early.created_at, id=early.id)
    assert [one.topic.id for one in experts.waiting_for(session, staff, after=after).rows] == [late.id]
    with pytest.raises(ForbiddenError):
        experts.waiting_for(session, actor_of(asker))


def test_killed_in_the_middle_nothing_is_skipped_and_nothing_repeated(
    app: Flask, session: Session, work: Work, manager: User, asker: User
) -> None:
    board = make_board(session)
    for _ in range(3):
        make_topic(session, author=asker, board=board)
    manager_id = manager.id

    class KilledError(BaseException):
        """The worker is gone."""

    def escalate_and_die() -> None:
        with transaction(wake=False) as writing:
            assert escalate_overdue(writing, now=NOW + 5 * HOUR) == 3
            raise KilledError

    with pytest.raises(KilledError):
        escalate_and_die()
    for _ in range(2):
        with transaction(wake=False) as writing:
            escalate_overdue(writing, now=NOW + 5 * HOUR)
    work()

    assert session.scalar(select(func.count()).select_from(QuestionEscalation)) == 3
    assert len(heard(session, session.get_one(User, manager_id))) == 3


def test_the_clock_brings_all_there_are(app: Flask, session: Session, asker: User) -> None:
    board = make_board(session)
    first = make_topic(session, author=asker, board=board)
    columns = {column.key: getattr(first, column.key) for column in Topic.__table__.columns}
    del columns["id"]
    session.add_all(Topic(**columns) for _ in range(BATCH))
    session.commit()
    queue = app.extensions["jobs"].queue
    with time_machine.travel(NOW + 5 * HOUR, tick=False):
        for task in queue.read_periodic(datetime(2026, 11, 20, 11, 10)):  # noqa: DTZ001  # Huey's own clock.
            queue.execute(task)
    session.rollback()

    waiting = select(func.count()).where(OutboxEvent.name == "QuestionWaits")
    assert session.scalar(waiting) == BATCH + 1


def test_overdue_questions_are_found_by_index(session: Session, asker: User) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a table as small as a test's from end to end")
    connection = session.connection()
    plan: list[str] = []

    def explain(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        plan.extend(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))

    event.listen(connection.engine, "before_cursor_execute", explain, once=True)
    experts.overdue(session, now=NOW, limit=BATCH)

    assert any("ix_topics_unsolved" in step for step in plan)
