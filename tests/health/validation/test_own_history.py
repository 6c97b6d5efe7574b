"""The site's own outcomes: asked for, compared by a worker, and shown to staff."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountOutcome, AccountStatus, OutcomeKind, TouchTier, User
from portal.adoption.service import Fact, record, roll_up
from portal.core.errors import ForbiddenError
from portal.health import queries as health
from portal.health.validation import queries, running, service
from portal.health.validation.cases import Outcome, before_outcomes, observe
from portal.health.validation.models import Validation
from portal.health.versions.queries import current_model
from tests.accounts.test_details import DETAILS
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.statements import statements

TODAY = NOW.date()
Browse = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def open_account(session: Session, name: str, **values: object) -> Account:
    details = replace(DETAILS, started_on=TODAY - timedelta(days=400), **values)  # type: ignore[arg-type]
    return accounts.open_account(session, actor=SYSTEM, external_id=name, details=details)


@pytest.fixture
def history(session: Session) -> None:
    """Fifty accounts: the odd ones work and stay beyond their renewal, the even ones stop and leave."""
    facts = []
    for number in range(50):
        stays, ended = number % 2 == 1, TODAY - timedelta(days=5 + number)
        fate = {"renews_on": ended} if stays else {"status": AccountStatus.CHURNED, "churned_on": ended}
        tier = TouchTier.HIGH if number < 25 else TouchTier.TECH
        account = open_account(session, f"a{number}", touch_tier=tier, **fate)
        for turn in range(3 if stays else 1):
            days = (35 if stays else 70) + number % 7 + 20 * turn
            at = datetime.combine(ended - timedelta(days=days), NOW.timetz())
            facts.append(
                Fact(kind="feature.used", key=f"{number}:{turn}", occurred_at=at, account_id=account.id)
            )
    roll_up(session, record(session, facts, now=NOW))
    session.commit()


def test_outcomes_are_those_on_record_and_renewals_paid_beyond(session: Session) -> None:
    open_account(session, "gone", status=AccountStatus.CHURNED, churned_on=TODAY - timedelta(days=3))
    open_account(session, "renewed", renews_on=TODAY - timedelta(days=1))
    open_account(session, "still to come", renews_on=TODAY)
    grew = open_account(session, "grew")
    details = replace(DETAILS, started_on=grew.started_on, monthly_revenue=5000)
    accounts.update_account(session, actor=SYSTEM, account_id=grew.id, details=details, now=NOW)

    found = [
        (past.account, past.outcome, past.outcome_on) for past in queries.decided_pasts(session, today=TODAY)
    ]

    assert found == [
        ("gone", Outcome.CHURNED, TODAY - timedelta(days=3)),
        ("renewed", Outcome.RENEWED, TODAY - timedelta(days=1)),
        ("grew", Outcome.EXPANDED, TODAY),
    ]
    so_far = {past.account: past.outcome for past in queries.pasts_so_far(session, today=TODAY)}
    assert so_far["gone"] is Outcome.CHURNED
    assert so_far["grew"] is Outcome.ACTIVE


def test_a_day_has_one_outcome_the_worst_and_nothing_follows_the_day_it_left(session: Session) -> None:
    gone = open_account(session, "gone", status=AccountStatus.CHURNED, churned_on=TODAY - timedelta(days=3))
    shrunk = open_account(session, "shrunk", renews_on=TODAY - timedelta(days=2))
    for account, kind, days in (
        (gone, OutcomeKind.CONTRACTED, 3),
        (gone, OutcomeKind.EXPANDED, 1),
        (gone, OutcomeKind.RENEWED, 300),
        (shrunk, OutcomeKind.EXPANDED, 2),
        (shrunk, OutcomeKind.CONTRACTED, 2),
    ):
        day = TODAY - timedelta(days=days)
        outcome = AccountOutcome(account_id=account.id, kind=kind, day=day, revenue_before=2, revenue_after=1)
        session.add(outcome)

    found = [
        (past.account, past.outcome, past.outcome_on) for past in queries.decided_pasts(session, today=TODAY)
    ]

    assert found == [
        ("gone", Outcome.RENEWED, TODAY - timedelta(days=300)),
        ("gone", Outcome.CHURNED, TODAY - timedelta(days=3)),
        ("shrunk", Outcome.CONTRACTED, TODAY - timedelta(days=2)),
    ]


def test_a_case_has_the_score_that_the_account_had_that_day(session: Session, history: None) -> None:
    question = before_outcomes(queries.decided_pasts(session, today=TODAY), 30)[7]

    case = observe(current_model(session), question, by_sign_in=False)

    account = session.scalars(select(Account).where(Account.external_id == case.account)).one()
    score = health.computed_score_for(session, SYSTEM, account.id, as_of=case.as_of)
    assert score.points_e4 is not None
    assert case.points == score.points_e4 / 10_000
    assert case.band == score.band


def test_one_late_signal_makes_no_other_of_its_day_late(session: Session) -> None:
    account = open_account(session, "late", renews_on=TODAY - timedelta(days=1))
    day = NOW - timedelta(days=40)
    for key, recorded in (("a", day), ("b", day), ("c", NOW)):
        fact = Fact(kind="feature.used", key=key, occurred_at=day, account_id=account.id)
        record(session, [fact], now=recorded)

    (past,) = queries.decided_pasts(session, today=TODAY)

    assert sorted((mark.recorded_on, mark.signals) for mark in past.history.marks()) == [
        (day.date(), 2),
        (TODAY, 1),
    ]


def test_accounts_are_read_many_at_a_time(
    session: Session, history: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_HAND", 1)
    with statements() as seen:
        running.validate(now=NOW, advance=lambda _done, _total: None)

    assert sum("FROM person_days" in statement for statement in seen) == 2 * 2
    assert len(seen) < 25


def test_a_worker_compares_and_staff_see_it_in_both_languages(
    app: Flask, session: Session, history: None, browser_of: Browse
) -> None:
    staff = browser_of(make_user(session, name="Staff person"))
    page = "/staff/accounts/model/validation"
    assert "Not compared yet" in staff.get(page).text

    assert staff.post(page).status_code == 303
    assert "begins in a moment" in staff.get(page).text
    assert "HX-Refresh" not in staff.get(f"{page}/progress").headers
    running.run_waiting()
    session.rollback()

    assert staff.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    shown = staff.get(page).text
    assert "30 days before the outcome" in shown
    assert "of all pairs" in shown
    assert "High touch" in shown
    assert "Product use" in shown
    assert "cause" not in shown.replace("because", "")
    japanese = staff.get(page, headers={"Accept-Language": "ja"}).text
    assert "結果の 30 日前" in japanese


def test_a_page_with_few_outcomes_shows_counts_alone(
    app: Flask, session: Session, browser_of: Browse
) -> None:
    open_account(session, "gone", status=AccountStatus.CHURNED, churned_on=TODAY - timedelta(days=3))
    service.ask(session, actor=SYSTEM, now=NOW)
    session.commit()
    running.run_waiting()
    session.rollback()

    shown = browser_of(make_user(session)).get("/staff/accounts/model/validation").text

    assert "1 case: 1 lost, 0 kept" in shown
    assert "Too few to tell" in shown
    assert "of all pairs" not in shown


def test_who_asks_again_meanwhile_gets_the_same_one(session: Session) -> None:
    first = service.ask(session, actor=SYSTEM, now=NOW)

    assert service.ask(session, actor=SYSTEM, now=NOW + timedelta(hours=1)) is first
    with pytest.raises(ForbiddenError):
        service.ask(session, actor=actor_of(make_customer(session)), now=NOW)


def test_a_validation_is_taken_once_unless_its_worker_is_gone(session: Session) -> None:
    asked = service.ask(session, actor=SYSTEM, now=NOW)

    assert service.take(session, now=NOW) == asked.id
    service.note_progress(session, asked.id, done=3, total=9, now=NOW)
    assert service.take(session, now=NOW + timedelta(minutes=1)) is None
    assert service.take(session, now=NOW + timedelta(minutes=3)) == asked.id
    assert asked.done == 0


def test_nothing_is_done_unasked(app: Flask, session: Session) -> None:
    running.run_waiting()

    assert session.scalar(select(func.count()).select_from(Validation)) == 0
