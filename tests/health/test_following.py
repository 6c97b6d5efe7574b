"""Stale scores: each is made again once, and no mark is lost on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.health import following, queries, service
from portal.health.models import HealthScore, StaleScore
from tests.factories import NOW, make_account
from tests.health.conftest import Tell, unreadable
from tests.processes import wait_until

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def busy_id(busy: Account) -> int:
    return busy.id


def mark(session: Session, account_id: int, *, since: date = TODAY) -> None:
    service.mark_stale(session, since={account_id: since}, now=utc_now())
    session.commit()


def read_mark(session: Session, account_id: int) -> StaleScore:
    found = session.get_one(StaleScore, account_id, populate_existing=True)
    session.expunge(found)
    return found


def marked(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(StaleScore.account_id).order_by(StaleScore.account_id)))


def points(session: Session, account_id: int) -> int | None:
    session.rollback()
    return session.get_one(HealthScore, (account_id, TODAY), populate_existing=True).points_e4


def computed(session: Session, account_id: int) -> int | None:
    return queries.computed_score_for(session, SYSTEM, account_id, as_of=site_day(utc_now())).points_e4


def compute(session: Session, account_id: int) -> Any:
    return service.compute_scores(session, {account_id: [TODAY]}, now=utc_now())


def test_many_marks_are_one_score(session: Session, busy_id: int) -> None:
    for _ in range(3):
        mark(session, busy_id)

    assert following.follow() == 1
    assert following.follow() == 0
    assert points(session, busy_id) == computed(session, busy_id)
    assert marked(session) == []


@pytest.mark.parametrize("days", [(3, 5, 0), (0, 5, 3), (5, 0, 3)])
def test_the_earliest_day_of_many_marks_counts(session: Session, busy_id: int, days: tuple[int, ...]) -> None:
    service.rebuild_scores(session, account_id=busy_id, now=NOW)
    for days_ago in days:
        mark(session, busy_id, since=TODAY - days_ago * DAY)

    following.follow()

    unsettled = session.scalars(select(HealthScore.day).where(~HealthScore.is_settled)).all()
    assert sorted(unsettled) == [TODAY - days_ago * DAY for days_ago in (5, 4, 3, 2, 1, 0)]


def test_a_mark_that_is_made_again_while_the_account_is_scored_is_kept(
    session: Session, busy: Account, busy_id: int, kim: User, tell: Tell
) -> None:
    mark(session, busy_id)
    before, scores = read_mark(session, busy_id), compute(session, busy_id)
    tell(busy, "product.exported", 0, user=kim)
    mark(session, busy_id, since=TODAY - DAY)

    assert service.refresh_scores(session, [before], scores, today=TODAY) == 1
    session.commit()

    assert points(session, busy_id) != computed(session, busy_id)
    assert following.follow() == 1
    assert points(session, busy_id) == computed(session, busy_id)
    assert marked(session) == []


def test_a_mark_that_is_new_since_another_worker_scored_is_kept(session: Session, busy_id: int) -> None:
    mark(session, busy_id)
    before, scores = read_mark(session, busy_id), compute(session, busy_id)
    following.follow()
    with time_machine.travel(NOW + timedelta(seconds=1)):
        mark(session, busy_id)

    service.refresh_scores(session, [before], scores, today=TODAY)
    session.commit()

    assert marked(session) == [busy_id]


def test_a_slow_worker_does_not_undo_what_a_faster_one_knew(
    session: Session, busy: Account, busy_id: int, kim: User, tell: Tell
) -> None:
    mark(session, busy_id)
    before, scores = read_mark(session, busy_id), compute(session, busy_id)
    tell(busy, "product.exported", 0, user=kim)
    mark(session, busy_id)
    following.follow()

    assert service.refresh_scores(session, [before], scores, today=TODAY) == 0
    session.commit()

    assert points(session, busy_id) == computed(session, busy_id)


def test_the_longest_stale_come_first_and_the_rest_later(
    session: Session, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 2)
    last, first, second = (make_account(session).id for _ in range(3))
    for account_id in (first, second, last, first):
        mark(session, account_id)
        clock.shift(timedelta(seconds=1))

    assert following.follow() == 2
    assert marked(session) == [last]
    assert following.follow(marked_until=NOW + timedelta(seconds=1)) == 0
    assert following.follow(marked_until=NOW + timedelta(seconds=2)) == 1


def test_who_stores_waits_for_who_makes_the_same_day_again(
    app: Flask, session: Session, busy_id: int
) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("writers on SQLite take turns anyway")
    mark(session, busy_id)
    before, scores = read_mark(session, busy_id), compute(session, busy_id)

    def store() -> int:
        with app.app_context(), transaction(wake=False) as other:
            return service.refresh_scores(other, [before], scores, today=TODAY)

    def is_waiting() -> bool:
        with db.engine.connect() as watcher:
            return bool(watcher.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    service.score_days(session, account_id=busy_id, days=[TODAY], now=NOW)
    with ThreadPoolExecutor(1) as threads:
        stored = threads.submit(store)
        wait_until(is_waiting)
        session.commit()
        assert stored.result(timeout=30) == 1

    assert points(session, busy_id) == computed(session, busy_id)


def test_an_account_that_cannot_be_scored_stays_stale_and_lets_the_others_pass(
    session: Session, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 1)
    broken, sound = make_account(session).id, make_account(session).id
    for account_id in (broken, sound):
        mark(session, account_id)
        clock.shift(timedelta(seconds=1))

    with unreadable(broken):
        assert [following.follow() for _ in range(3)] == [0, 1, 0]
    assert marked(session) == [broken]
    assert following.follow() == 1
