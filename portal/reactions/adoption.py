"""The counts of people's days follow the ledger; what was begun in it goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.adoption import service
from portal.adoption.matching import service as matching
from portal.adoption.matching.models import SignalAlias
from portal.adoption.own import service as own
from portal.events import (
    ErasureGoesOn,
    RetractionGoesOn,
    SignalsRecorded,
    SignalsRestored,
    SignalsVoided,
)
from portal.reactions import scores


def roll_up_days(
    session: Session, event: SignalsRecorded | SignalsRestored | SignalsVoided, now: datetime
) -> None:
    """Count the touched days again; in the same transaction, what was scored from them becomes stale."""
    service.roll_up(session, event.signal_ids)
    scores.mark_stale(session, event, now)


def go_on_erasing(session: Session, event: ErasureGoesOn, now: datetime) -> None:
    """Take the person out of some more rows."""
    own.go_on_erasing(session, user_id=event.user_id, now=now)


def go_on_taking_back(session: Session, event: RetractionGoesOn, now: datetime) -> None:
    """Take some more of what rests on the name back."""
    alias = session.get(SignalAlias, event.alias_id)
    if alias is not None:
        matching.take_back_resting(session, alias, now=now)
