"""Health scores follow the ledger."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.core.clock import site_day
from portal.events import FootingChanged, SignalsRecorded, SignalsRestored, SignalsVoided, SpanChanged
from portal.health import service


def mark_stale(
    session: Session, event: SignalsRecorded | SignalsRestored | SignalsVoided, now: datetime
) -> None:
    """Have the accounts concerned scored again, from the first day that the signals touch."""
    touched = session.execute(
        select(Signal.account_id, func.min(Signal.day))
        .where(Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None))
        .group_by(Signal.account_id)
    )
    since = {account_id: first_day for account_id, first_day in touched if account_id is not None}
    service.mark_stale(session, since=since, now=now)


def follow_span(session: Session, event: SpanChanged, now: datetime) -> None:
    """Give an account scores of the days on which it is a customer, and of no other."""
    service.fit_scores(session, account_id=event.account_id, now=now)


def follow_footing(session: Session, event: FootingChanged, now: datetime) -> None:
    """Have the account scored again today; former days stay as they were."""
    service.mark_stale(session, since={event.account_id: site_day(now)}, now=now)
