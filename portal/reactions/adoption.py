"""The counts of people's days follow the ledger."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.adoption import service
from portal.events import SignalsRecorded, SignalsRestored, SignalsVoided
from portal.reactions import scores


def roll_up_days(
    session: Session, event: SignalsRecorded | SignalsRestored | SignalsVoided, now: datetime
) -> None:
    """Count the touched days again; in the same transaction, what was scored from them becomes stale."""
    service.roll_up(session, event.signal_ids)
    scores.mark_stale(session, event, now)
