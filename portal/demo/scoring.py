"""A scoring model that staff of the demo have in mind, to be tried on its accounts."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.demo.people import Cast
from portal.health.model import FIRST, shipped_text
from portal.health.versions import service
from portal.health.versions.rules import renamed

NOTE: Final = "Peer help counts as much as product use"
OLD: Final = "weight = 15 # The least: most customers read and never write, and fare well."
NEW: Final = "weight = 40 # As much as product use: those who help others have found their use of it."


def draft_a_model(session: Session, cast: Cast, *, now: datetime) -> None:
    """Keep a draft in which peer help counts more."""
    text = renamed(shipped_text(FIRST), "v2").replace(OLD, NEW)
    actor = cast.people["staff"].as_actor()
    service.create_draft(session, actor=actor, text=text, note=NOTE, based_on=FIRST, now=now)
