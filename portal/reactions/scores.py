"""Health scores follow the ledger."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import SignalsRecorded, SignalsRestored, SignalsVoided
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
