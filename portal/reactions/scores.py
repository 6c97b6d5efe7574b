"""Health scores follow the ledger."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import SignalsRecorded
from portal.health import service


def refresh_scores(session: Session, event: SignalsRecorded, now: datetime) -> None:
    """Score the accounts concerned again."""
    touched = select(Signal.account_id).where(Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None))
    for account_id in session.scalars(touched.distinct()):
        if account_id is not None:
            service.refresh_score(session, account_id=account_id, now=now)
