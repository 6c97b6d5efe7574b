"""What accounts decided about paying is kept as it becomes known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import service
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountOutcome, AccountStatus
from portal.accounts.service import AccountDetails
from tests.accounts.test_details import DETAILS
from tests.factories import NOW

Change = Callable[..., None]
TODAY = NOW.date()


@pytest.fixture
def account(session: Session) -> Account:
    details = replace(DETAILS, renews_on=TODAY + timedelta(days=10))
    return service.open_account(session, actor=SYSTEM, external_id="initech", details=details)


@pytest.fixture
def change(session: Session, account: Account) -> Change:
    """Change some of the account's details, today unless another day is given."""

    def write(now: datetime = NOW, **values: object) -> None:
        known = {name: getattr(account, name) for name in AccountDetails.__dataclass_fields__}
        details = AccountDetails(**known | values)
        service.update_account(session, actor=SYSTEM, account_id=account.id, details=details, now=now)

    return write


def outcomes(session: Session) -> list[tuple[str, date, int, int]]:
    rows = session.scalars(select(AccountOutcome).order_by(AccountOutcome.day, AccountOutcome.id))
    return [(row.kind.value, row.day, row.revenue_before, row.revenue_after) for row in rows]


def test_revenue_that_rises_and_falls_is_noted(session: Session, change: Change) -> None:
    change(monthly_revenue=1200)
    change(monthly_revenue=1000, now=NOW + timedelta(days=5))

    assert outcomes(session) == [
        ("expanded", TODAY, 900, 1200),
        ("contracted", TODAY + timedelta(days=5), 1200, 1000),
    ]


def test_a_correction_of_the_same_day_changes_its_row(session: Session, change: Change) -> None:
    change(monthly_revenue=9000)
    change(monthly_revenue=800)
    assert outcomes(session) == [("contracted", TODAY, 900, 800)]

    change(monthly_revenue=900)
    assert outcomes(session) == []


def test_a_renewal_is_a_date_that_moved_on(session: Session, account: Account, change: Change) -> None:
    first = account.renews_on
    assert first is not None
    change(renews_on=first + timedelta(days=3))
    assert outcomes(session) == []

    change(renews_on=first + timedelta(days=368), now=NOW + timedelta(days=60))

    assert outcomes(session) == [("renewed", first + timedelta(days=3), 900, 900)]


def test_leaving_is_noted_once_and_taken_back(session: Session, change: Change) -> None:
    change(status=AccountStatus.CHURNED, churned_on=TODAY)
    change(status=AccountStatus.CHURNED, churned_on=TODAY - timedelta(days=2), name="Initech Ltd.")
    assert outcomes(session) == [("churned", TODAY - timedelta(days=2), 900, 0)]

    change(status=AccountStatus.ACTIVE, churned_on=None)
    assert outcomes(session) == []


def test_an_account_that_comes_as_lost_has_that_outcome(session: Session) -> None:
    gone = replace(DETAILS, status=AccountStatus.CHURNED, churned_on=date(2026, 5, 1))

    service.open_account(session, actor=SYSTEM, external_id="old", details=gone)

    assert outcomes(session) == [("churned", date(2026, 5, 1), 900, 0)]


def test_a_renewal_for_less_is_a_loss_and_no_renewal(
    session: Session, account: Account, change: Change
) -> None:
    first = account.renews_on
    assert first is not None
    change(monthly_revenue=500, renews_on=first + timedelta(days=365), now=NOW + timedelta(days=20))

    assert outcomes(session) == [("contracted", TODAY + timedelta(days=20), 900, 500)]


def test_a_renewal_is_noted_once_and_taken_back_with_its_date(
    session: Session, account: Account, change: Change
) -> None:
    first = account.renews_on
    assert first is not None
    later = NOW + timedelta(days=20)
    for _ in range(2):
        change(renews_on=first + timedelta(days=365), now=later)
        change(renews_on=first + timedelta(days=730), now=later)
        assert ("renewed", first, 900, 900) in outcomes(session)
        change(renews_on=first, now=later)
        assert outcomes(session) == []


def test_of_two_moves_on_one_day_one_renewal_is_kept(
    session: Session, account: Account, change: Change
) -> None:
    first = account.renews_on
    assert first is not None
    for days in (100, 200):
        change(renews_on=first + timedelta(days=days))

    assert outcomes(session) == [("renewed", TODAY, 900, 900)]


def test_who_leaves_had_the_revenue_from_before(session: Session, change: Change) -> None:
    change(status=AccountStatus.CHURNED, churned_on=TODAY, monthly_revenue=0)
    assert outcomes(session) == [("churned", TODAY, 900, 0)]

    change(churned_on=TODAY - timedelta(days=1))
    assert outcomes(session) == [("churned", TODAY - timedelta(days=1), 900, 0)]
