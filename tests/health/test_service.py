"""Stored scores: what is stored is what the ledger says, whenever and however often it is computed."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, User
from portal.core.clock import site_day_end
from portal.health import following, nightly, queries, service
from portal.health.evidence import read_dossier
from portal.health.models import HealthScore
from portal.health.versions.queries import current_model
from portal.onboarding.models import Checklist, ChecklistStep, MapVersion, SuccessMap
from tests.factories import NOW, make_account
from tests.health.conftest import Tell, unreadable

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def rows(session: Session) -> list[tuple[Any, ...]]:
    session.commit()
    table = HealthScore.__table__
    return [tuple(row) for row in session.execute(select(table).order_by(table.c.account_id, table.c.day))]


def row_of(session: Session, account: Account, day: date) -> HealthScore:
    return session.get_one(HealthScore, (account.id, day), populate_existing=True)


def refresh(session: Session, account: Account, *, since: date = TODAY) -> None:
    service.mark_stale(session, since={account.id: since}, now=NOW)
    session.commit()
    with time_machine.travel(NOW, tick=False):
        assert following.follow() == 1


def test_a_refresh_stores_what_the_ledger_says_now(session: Session, busy: Account) -> None:
    refresh(session, busy)

    row = row_of(session, busy, TODAY)
    computed = queries.computed_score_for(session, SYSTEM, busy.id, as_of=TODAY)
    assert queries.stored_score(row) == computed
    assert row.points_e4 == sum(part.contribution_e4 for part in computed.components) > 0
    assert (row.as_of, row.is_settled, row.model) == (NOW, False, "v1")


def test_a_refresh_again_changes_nothing(session: Session, busy: Account) -> None:
    refresh(session, busy)
    stored = rows(session)

    refresh(session, busy)

    assert rows(session) == stored
    assert len(stored) == 1


def test_an_account_without_evidence_has_no_points(session: Session, account: Account) -> None:
    refresh(session, account)

    row = row_of(session, account, TODAY)
    assert (row.points_e4, row.band, row.coverage_e4) == (None, None, 0)


def test_a_past_day_is_scored_as_of_its_end(session: Session, busy: Account, kim: User, tell: Tell) -> None:
    day = TODAY - 5 * DAY
    service.score_days(session, account_id=busy.id, days=[day], now=NOW)
    stored = rows(session)
    tell(busy, "product.exported", 1, 2, 3, user=kim)

    service.score_days(session, account_id=busy.id, days=[day], now=NOW)

    assert rows(session) == stored
    row = row_of(session, busy, day)
    assert (row.as_of, row.is_settled) == (site_day_end(day), True)


def test_rebuilt_scores_equal_the_stored_ones(session: Session, busy: Account) -> None:
    days = [TODAY - number * DAY for number in range(40)]
    for day in days:
        service.score_days(session, account_id=busy.id, days=[day], now=NOW)
    stored = rows(session)

    count = service.rebuild_scores(session, account_id=busy.id, now=NOW)

    rebuilt = rows(session)
    assert count == len(rebuilt) == (TODAY - busy.started_on).days + 1
    assert [row for row in rebuilt if row[1] in days] == stored


def test_a_rebuild_makes_180_days_and_whatever_else_is_stored(session: Session) -> None:
    account = make_account(session, started_on=date(2024, 1, 1))
    assert service.rebuild_scores(session, account_id=account.id, now=NOW) == service.REBUILT_DAYS

    service.score_days(session, account_id=account.id, days=[TODAY - 300 * DAY], now=NOW)

    assert service.rebuild_scores(session, account_id=account.id, now=NOW) == service.REBUILT_DAYS + 1


def test_an_account_is_scored_from_its_start_to_the_day_it_left(session: Session) -> None:
    account = make_account(
        session, started_on=TODAY - 9 * DAY, status=AccountStatus.CHURNED, churned_on=TODAY - 3 * DAY
    )
    days = [TODAY - number * DAY for number in range(-2, 20)]

    assert service.score_days(session, account_id=account.id, days=days, now=NOW) == 7

    assert [row[1] for row in rows(session)] == [TODAY - number * DAY for number in range(9, 2, -1)]


def test_a_rebuild_forgets_days_after_an_account_left(session: Session, busy: Account) -> None:
    service.rebuild_scores(session, account_id=busy.id, now=NOW)
    busy.status, busy.churned_on = AccountStatus.CHURNED, TODAY - 10 * DAY

    service.rebuild_scores(session, account_id=busy.id, now=NOW)

    assert session.scalar(select(func.max(HealthScore.day))) == TODAY - 10 * DAY


def test_the_night_settles_yesterday_of_every_account_once(session: Session, busy: Account) -> None:
    other = make_account(session)
    make_account(session, status=AccountStatus.CHURNED, churned_on=TODAY - 30 * DAY)

    assert nightly.score_all(now=NOW) == 2
    assert nightly.score_all(now=NOW) == 0

    session.rollback()
    assert [(row[0], row[1]) for row in rows(session)] == [(busy.id, TODAY - DAY), (other.id, TODAY - DAY)]


def test_the_night_catches_up_on_days_without_a_worker(session: Session, busy: Account) -> None:
    service.score_days(session, account_id=busy.id, days=[TODAY - 6 * DAY, TODAY], now=NOW)
    session.commit()

    assert nightly.score_all(now=NOW) == 5


def test_the_night_makes_days_new_that_a_late_signal_touches(
    session: Session, busy: Account, kim: User, tell: Tell
) -> None:
    service.rebuild_scores(session, account_id=busy.id, now=NOW)
    before = rows(session)
    tell(busy, "product.exported", 10, user=kim)

    refresh(session, busy, since=TODAY - 10 * DAY)

    assert nightly.score_all(now=NOW) == 10
    session.rollback()
    settled = rows(session)
    changed = [new[1] for old, new in zip(before, settled, strict=True) if old != new]
    assert changed == [TODAY - number * DAY for number in range(10, -1, -1)]
    service.rebuild_scores(session, account_id=busy.id, now=NOW)
    assert rows(session) == settled


def test_the_night_goes_on_when_something_is_wrong_with_one_account(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "BATCH", 2)
    broken, *others = (make_account(session).id for _ in range(4))

    with unreadable(broken):
        assert nightly.score_all(now=NOW) == 3

    session.rollback()
    assert {row[0] for row in rows(session)} == set(others)
    assert nightly.score_all(now=NOW) == 1


@pytest.fixture
def steps(session: Session, account: Account) -> list[ChecklistStep]:
    success_map = SuccessMap(slug="start", names={"en": "Start"})
    checklist = Checklist(
        account=account,
        success_map=success_map,
        version=MapVersion(success_map=success_map, number=1),
        started_on=TODAY - 20 * DAY,
        ends_on=TODAY + 20 * DAY,
    )
    made = [
        ChecklistStep(
            checklist=checklist,
            key=f"s{place}",
            position=place,
            titles={"en": f"Step {place}"},
            due_on=TODAY + due * DAY,
            due_after_days=0,
            is_required=place != 4,
        )
        for place, due in enumerate((-15, -5, 10, -10), start=1)
    ]
    session.add_all(made)
    session.commit()
    return made


def test_steps_count_as_they_stood_at_the_time(
    session: Session, account: Account, tell: Tell, steps: list[ChecklistStep]
) -> None:
    first, second, _, optional = (f"step:{step.id}" for step in steps)
    tell(account, "step.completed", 16, 4, subject=first)
    tell(account, "step.reopened", 8, subject=first)
    tell(account, "step.completed", 3, subject=second)
    tell(account, "step.completed", 3, subject=optional)

    def known(days_ago: int) -> tuple[int, int, int]:
        day = TODAY - days_ago * DAY
        model = current_model(session)
        evidence = read_dossier(session, account, model=model, first=day, last=TODAY).as_of(day)
        return evidence.steps_required, evidence.steps_completed, evidence.steps_due

    assert known(21) == (0, 0, 0)
    assert known(18) == (3, 0, 0)
    assert known(12) == (3, 1, 1)
    assert known(6) == (3, 0, 1)
    assert known(0) == (3, 2, 2)
