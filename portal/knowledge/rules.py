"""Pure rules of the knowledge base."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.knowledge.models import Freshness, Significance

SOON: Final = timedelta(days=14)
"""How long before an article is due that is told: two weeks of work can be planned, a quarter cannot."""


class DueState(StrEnum):
    """Whether someone has to look at an article again: nobody is asked to, not now, before long, now."""

    NOT_ASKED = "not_asked"
    FRESH = "fresh"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def due_at(verified_at: datetime | None, every_days: int | None) -> datetime | None:
    """Return when an article is due, verified at a UTC time; None where either is missing."""
    if verified_at is None or every_days is None:
        return None
    return verified_at + timedelta(days=every_days)


def due_state(due: datetime | None, *, now: datetime) -> DueState:
    """Return how pressing it is to look at an article that is due at a UTC time, None for never."""
    if due is None:
        return DueState.NOT_ASKED
    if due <= now:
        return DueState.OVERDUE
    return DueState.DUE_SOON if due - now <= SOON else DueState.FRESH


def freshness_after(changes: Iterable[Significance]) -> Freshness:
    """Return how true a translation is to its source, given what was changed there since it was made."""
    changes = set(changes)
    if Significance.MAJOR in changes:
        return Freshness.OUTDATED
    return Freshness.TO_UPDATE if Significance.NORMAL in changes else Freshness.FRESH
