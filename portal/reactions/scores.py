"""Health scores follow the ledger."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import SignalsRecorded
from portal.health import service


def mark_stale(session: Session, event: SignalsRecorded, now: datetime) -> None:
    """Have the accounts concerned scored again, from the first day that the signals touch."""
    touched = session.execute(
        select(Signal.account_id, func.min(Signal.day))
        .where(Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None))
        .group_by(Signal.account_id)
        .order_by(Signal.account_id)  # The same for every worker, so that none waits for another in a circle.
    )
    for account_id, first_day in touched.all():
        if account_id is not None:
            service.mark_stale(session, account_id=account_id, since=first_day, now=now)
