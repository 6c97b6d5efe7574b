"""What accounts decided about paying, kept as it becomes known."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountOutcome, AccountStatus, OutcomeKind

LEAST_TERM: Final = timedelta(days=28)
"""A renewal date that moves by less is a correction."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an account paid."""

    status: AccountStatus
    renews_on: date | None
    monthly_revenue: int


def terms_of(account: Account) -> Terms:
    """Return the terms on which an account pays."""
    return Terms(account.status, account.renews_on, account.monthly_revenue)


def note(session: Session, account: Account, *, before: Terms, day: date) -> None:
    """Note what an account decided, from the terms before and those it has now, as known on a day."""
    follow_churn(session, account, revenue=before.monthly_revenue)
    if AccountStatus.CHURNED in {before.status, account.status}:
        return
    _follow_revenue(session, account, before.monthly_revenue, day)
    _follow_renewal(session, account, before, day)


def follow_churn(session: Session, account: Account, *, revenue: int = 0) -> None:
    """Keep one outcome of an account that has left, on its day; none of one that pays.

    It left with the revenue that was noted first, else with `revenue`, else with that which it still has.
    """
    mine = (AccountOutcome.account_id == account.id, AccountOutcome.kind == OutcomeKind.CHURNED)
    noted = session.scalar(select(AccountOutcome.revenue_before).where(*mine))
    session.execute(delete(AccountOutcome).where(*mine))
    if account.status is AccountStatus.CHURNED and account.churned_on:
        session.add(
            AccountOutcome(
                account_id=account.id,
                kind=OutcomeKind.CHURNED,
                day=account.churned_on,
                revenue_before=noted or revenue or account.monthly_revenue,
                revenue_after=0,
            )
        )


def _follow_renewal(session: Session, account: Account, before: Terms, day: date) -> None:
    """Note a date that moved on, unless less is paid from now on; one that moves back takes that back."""
    if not before.renews_on or not account.renews_on:
        return
    moved = account.renews_on - before.renews_on
    renewed = (AccountOutcome.account_id == account.id, AccountOutcome.kind == OutcomeKind.RENEWED)
    if moved <= -LEAST_TERM:
        undone = AccountOutcome.day >= min(account.renews_on, day)
        session.execute(delete(AccountOutcome).where(*renewed, undone))
    elif moved >= LEAST_TERM:
        renewal = min(before.renews_on, day)
        session.execute(delete(AccountOutcome).where(*renewed, AccountOutcome.day == renewal))
        if account.monthly_revenue >= before.monthly_revenue:
            _add(session, account, OutcomeKind.RENEWED, renewal, before.monthly_revenue)


def _follow_revenue(session: Session, account: Account, before: int, day: date) -> None:
    """Note more or less revenue, once a day: from what it was when the day began to what it is now."""
    if account.monthly_revenue == before:
        return
    changes = (OutcomeKind.EXPANDED, OutcomeKind.CONTRACTED)
    today = session.scalar(
        select(AccountOutcome).where(
            AccountOutcome.account_id == account.id,
            AccountOutcome.day == day,
            AccountOutcome.kind.in_(changes),
        )
    )
    if today:
        before = today.revenue_before
        session.delete(today)
    if account.monthly_revenue != before:
        grew = account.monthly_revenue > before
        _add(session, account, changes[0] if grew else changes[1], day, before)


def _add(session: Session, account: Account, kind: OutcomeKind, day: date, revenue_before: int) -> None:
    session.add(
        AccountOutcome(
            account_id=account.id,
            kind=kind,
            day=day,
            revenue_before=revenue_before,
            revenue_after=account.monthly_revenue,
        )
    )
