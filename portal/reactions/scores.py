"""Health scores follow the ledger."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import SignalsRecorded
from portal.health import service


def refresh_scores(session: Session, event: SignalsRecorded, now: datetime) -> None:
    """Score the accounts concerned again, from the first day that the signals touch."""
    touched = session.execute(
        select(Signal.account_id, func.min(Signal.day))
        .where(Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None))
        .group_by(Signal.account_id)
    )
    for account_id, first_day in touched.all():
        if account_id is not None:
            service.refresh_score(session, account_id=account_id, since=first_day, now=now)
