"""Writes to the ledger, and the daily counts made from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from portal.adoption.kinds import is_known
from portal.adoption.models import DailyRollup, Signal
from portal.core import outbox
from portal.core.clock import site_day
from portal.core.errors import InvalidError
from portal.core.orm import insert_new
from portal.events import SignalsRecorded

PORTAL: Final = "portal"
BATCH: Final = 500


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something to record; see `Signal` for what the fields mean."""

    kind: str
    key: str
    occurred_at: datetime
    source: str = PORTAL
    account_id: int | None = None
    user_id: int | None = None
    person: str | None = None
    subject: str | None = None
    left_out_as: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def record(session: Session, facts: Iterable[Fact], *, now: datetime) -> list[int]:
    """Add facts to the ledger; return the ids of those that were not there yet.

    Raises:
        InvalidError: a fact's kind is not known.
    """
    rows = [_row(fact, now) for fact in facts]
    new: list[int] = []
    for start in range(0, len(rows), BATCH):
        ids = insert_new(session, Signal, rows[start : start + BATCH])
        if ids:
            outbox.record(session, SignalsRecorded(signal_ids=tuple(ids)))
            new += ids
    return new


def _row(fact: Fact, now: datetime) -> dict[str, Any]:
    if not is_known(fact.kind):
        raise InvalidError(f"{fact.kind} is no known kind of signal")
    person = fact.person or (f"user:{fact.user_id}" if fact.user_id is not None else None)
    return {
        "source": fact.source,
        "key": fact.key,
        "kind": fact.kind,
        "occurred_at": fact.occurred_at,
        "recorded_at": now,
        "day": site_day(fact.occurred_at),
        "account_id": fact.account_id,
        "user_id": fact.user_id,
        "person": person,
        "subject": fact.subject,
        "left_out_as": fact.left_out_as,
        "data": fact.data,
    }


def roll_up(session: Session, signal_ids: Sequence[int]) -> None:
    """Count again each account, kind and day that these signals touch."""
    touched = session.execute(
        select(Signal.account_id, Signal.kind, Signal.day)
        .where(Signal.id.in_(signal_ids), Signal.account_id.is_not(None))
        .distinct()
    )
    _count_again(session, [(account_id, kind, day) for account_id, kind, day in touched if account_id])


def _count_again(session: Session, touched: Sequence[tuple[int, str, date]]) -> None:
    rollup = tuple_(DailyRollup.account_id, DailyRollup.kind, DailyRollup.day)
    signal = tuple_(Signal.account_id, Signal.kind, Signal.day)
    for start in range(0, len(touched), BATCH):
        part = touched[start : start + BATCH]
        session.execute(delete(DailyRollup).where(rollup.in_(part)))
        session.execute(insert(DailyRollup).from_select(_COLUMNS, _counts().where(signal.in_(part))))


_COLUMNS: Final = ["account_id", "kind", "day", "signals", "people"]


def _counts() -> Any:
    return (
        select(Signal.account_id, Signal.kind, Signal.day, func.count(), func.count(Signal.person.distinct()))
        .where(Signal.account_id.is_not(None))
        .group_by(Signal.account_id, Signal.kind, Signal.day)
    )


def rebuild_rollups(session: Session) -> int:
    """Make every daily count again from the ledger; return how many there are."""
    session.execute(delete(DailyRollup))
    session.execute(insert(DailyRollup).from_select(_COLUMNS, _counts()))
    return session.scalar(select(func.count()).select_from(DailyRollup)) or 0
