"""The daily counts follow the ledger."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.adoption import service
from portal.events import SignalsRecorded, SignalsRestored, SignalsVoided


def roll_up_days(
    session: Session, event: SignalsRecorded | SignalsRestored | SignalsVoided, _now: datetime
) -> None:
    """Count the touched days again."""
    service.roll_up(session, event.signal_ids)
