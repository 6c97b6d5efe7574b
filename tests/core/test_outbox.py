"""Effects happen once; what fails waits, is visible, and is tried again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.outbox import Event, OutboxDelivery, OutboxEvent, on
from portal.notifications.models import Notice
from portal.notifications.service import News, tell
from tests.factories import make_customer


@dataclass(frozen=True, kw_only=True)
class BellRang(Event):
    user_id: int
    hours: tuple[int, ...] = ()


def tell_once(session: Session, event: BellRang, now: datetime) -> None:
    news = News(
        kind="reply", params={"hours": list(event.hours)}, path="/", cause=f"bell:{utc_now().isoformat()}"
    )
    tell(session, news, to=[event.user_id], now=now)


def fail(session: Session, event: BellRang, now: datetime) -> None:
    tell_once(session, event, now)
    raise RuntimeError("the bell is broken")


def ring_again(session: Session, event: BellRang, now: datetime) -> None:
    if len(event.hours) < 3:
        outbox.record(session, BellRang(user_id=event.user_id, hours=(*event.hours, 1)))


@pytest.fixture
def user_id(app: Flask, session: Session) -> Iterator[int]:
    yield make_customer(session).id
    Event.known.setdefault("BellRang", BellRang)


def ring(user_id: int) -> None:
    with transaction() as session:
        outbox.record(session, BellRang(user_id=user_id, hours=(7, 9)))


def notices() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Notice)) or 0


def test_each_reaction_has_its_effect_once(user_id: int) -> None:
    ring(user_id)
    table = on(BellRang, tell_once)
    assert outbox.drain(table) == 1
    assert outbox.drain(table) == 0
    assert notices() == 1


def test_an_event_that_was_delivered_but_not_finished_is_not_delivered_again(user_id: int) -> None:
    ring(user_id)
    with transaction() as session:
        event_id = session.scalars(select(OutboxEvent.id)).one()
        session.add(OutboxDelivery(event_id=event_id, reaction=outbox.name_of(tell_once)))
    assert outbox.drain(on(BellRang, tell_once)) == 1
    assert notices() == 0


def test_a_failing_reaction_undoes_itself_and_lets_the_others_pass(user_id: int) -> None:
    ring(user_id)
    assert outbox.drain(on(BellRang, fail, tell_once)) == 0
    assert notices() == 1
    status = outbox.status(db.session(), now=utc_now())
    assert (status.waiting, status.failing) == (1, 1)
    assert "the bell is broken" in status.errors[0]


def test_a_failed_event_is_tried_again_after_a_growing_pause(user_id: int) -> None:
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=utc_now().tzinfo), tick=False) as clock:
        ring(user_id)
        outbox.drain(on(BellRang, fail))
        clock.shift(timedelta(seconds=4))
        assert outbox.drain(on(BellRang, tell_once)) == 0
        clock.shift(timedelta(seconds=2))
        assert outbox.drain(on(BellRang, tell_once)) == 1
    assert notices() == 1


def test_retry_makes_failed_events_due_at_once(user_id: int) -> None:
    ring(user_id)
    outbox.drain(on(BellRang, fail))
    with transaction() as session:
        assert outbox.retry(session, now=utc_now()) == 1
    assert outbox.drain(on(BellRang, tell_once)) == 1


def test_events_recorded_by_reactions_are_drained_too(user_id: int) -> None:
    ring(user_id)
    assert outbox.drain(on(BellRang, ring_again)) == 2


def test_an_event_comes_back_as_it_was_recorded(user_id: int) -> None:
    ring(user_id)
    row = db.session.scalars(select(OutboxEvent)).one()
    assert Event.restore(row.name, row.payload) == BellRang(user_id=user_id, hours=(7, 9))


def test_finished_events_are_forgotten_after_a_week(user_id: int) -> None:
    ring(user_id)
    outbox.drain(on(BellRang, tell_once))
    with transaction() as session:
        outbox.prune(session, now=utc_now() + timedelta(days=6))
    assert db.session.scalars(select(OutboxEvent)).all()
    with transaction() as session:
        outbox.prune(session, now=utc_now() + timedelta(days=8))
    assert not db.session.scalars(select(OutboxEvent)).all()
    assert not db.session.scalars(select(OutboxDelivery)).all()
