"""Writes to the ledger, and the counts of people's days made from it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.adoption.kinds import VOIDED, is_known, schema_of
from portal.adoption.models import PersonDay, Signal
from portal.adoption.own.discretion import discretion_for
from portal.core import outbox
from portal.core.activity import LeftOut
from portal.core.batches import batches
from portal.core.clock import site_day
from portal.core.errors import InvalidError
from portal.core.orm import insert_new
from portal.events import SignalsRecorded, SignalsRestored, SignalsVoided

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

    People are left out where they, or their account, want it so; see `Discretion`.

    Raises:
        InvalidError: a fact's kind is not known, or one of the portal's own has data that its kind has not.
    """
    new: list[int] = []
    for part in batches(facts, BATCH):
        discretion = discretion_for(session, part)
        ids = insert_new(
            session,
            Signal,
            [_row(fact, now) | discretion.changes(fact) for fact in part if not discretion.knows(fact)],
        )
        if ids:
            outbox.record(session, SignalsRecorded(signal_ids=tuple(ids)))
            new += ids
    return new


def _row(fact: Fact, now: datetime) -> dict[str, Any]:
    if not is_known(fact.kind):
        raise InvalidError(f"{fact.kind} is no known kind of signal")
    if fact.source == PORTAL:  # What others tell was checked when it came.
        schema_of(fact.kind).check(fact.data)
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


def void(session: Session, signal_ids: Iterable[int], *, reason: str, now: datetime) -> list[int]:
    """Take facts back: no figure counts them any more; return the ids of those that counted until now.

    Each gets a row of its own that corrects it. `reason` is a code of whoever decides, such as `removed`.
    """
    voided = []
    for part in batches(sorted(set(signal_ids)), BATCH):
        if ids := _correct(session, part, was=None, becomes=LeftOut.VOIDED, reason=reason, now=now):
            outbox.record(session, SignalsVoided(signal_ids=tuple(ids), reason=reason))
            voided += ids
    return voided


def restore(session: Session, signal_ids: Iterable[int], *, reason: str, now: datetime) -> list[int]:
    """Let facts count again that were taken back, by correcting the correction; return the ids of those."""
    restored = []
    for part in batches(sorted(set(signal_ids)), BATCH):
        if ids := _correct(session, part, was=LeftOut.VOIDED, becomes=None, reason=reason, now=now):
            outbox.record(session, SignalsRestored(signal_ids=tuple(ids)))
            restored += ids
    return restored


def hold(session: Session, signal_ids: Iterable[int]) -> None:
    """Let nobody else correct these facts until the transaction ends."""
    for part in batches(sorted(set(signal_ids)), BATCH):
        session.execute(select(Signal.id).where(Signal.id.in_(part)).order_by(Signal.id).with_for_update())


def _correct(
    session: Session,
    ids: Sequence[int],
    *,
    was: LeftOut | None,
    becomes: LeftOut | None,
    reason: str,
    now: datetime,
) -> list[int]:
    """Mark the facts that are marked as they were; they are held in order, so that each is corrected once."""
    facts = select(Signal.id, Signal.account_id).where(
        Signal.id.in_(ids), Signal.voids_id.is_(None), Signal.left_out_as.is_not_distinct_from(was)
    )
    held = session.execute(facts.order_by(Signal.id).with_for_update()).all()
    if not held:
        return []
    found = [row.id for row in held]
    session.execute(
        update(Signal).where(Signal.id.in_(found)).values(left_out_as=becomes),
        execution_options={"synchronize_session": False},
    )
    subjects = {f"signal:{signal_id}": signal_id for signal_id in found}
    last = session.execute(
        select(Signal.subject, func.max(Signal.id))
        .where(Signal.subject.in_(subjects), Signal.kind == VOIDED)
        .group_by(Signal.subject)
    )
    voids = {signal_id: signal_id for signal_id in found} | {
        subjects[subject or ""]: row_id for subject, row_id in last
    }
    corrections = [
        Fact(
            kind=VOIDED,
            key=f"{VOIDED}:{voids[row.id]}",
            occurred_at=now,
            account_id=row.account_id,
            subject=f"signal:{row.id}",
            left_out_as=LeftOut.VOIDED,
            data={"reason": reason},
        )
        for row in held
    ]
    session.execute(
        insert(Signal),
        [_row(fact, now) | {"voids_id": voids[row.id]} for fact, row in zip(corrections, held, strict=True)],
    )
    return found


def roll_up(session: Session, signal_ids: Sequence[int]) -> None:
    """Count again each account, kind and day that these signals touch."""
    touched = session.execute(
        select(Signal.account_id, Signal.kind, Signal.day)
        .where(Signal.id.in_(signal_ids), Signal.account_id.is_not(None))
        .distinct()
    ).all()
    places = [
        {"its_account": account_id, "its_kind": kind, "its_day": day} for account_id, kind, day in touched
    ]
    if places:
        hold_accounts(session, {row.account_id for row in touched})
        session.execute(_FORGET, places)
        session.execute(_COUNT, places)


def hold_accounts(session: Session, account_ids: Collection[int]) -> None:
    """Let nobody else count or score these accounts until the transaction ends.

    Whoever comes next reads what was counted here; on SQLite every writer waits for the others anyway.
    """
    held = select(Account.id).where(Account.id.in_(account_ids)).order_by(Account.id)
    session.execute(held.with_for_update(key_share=True))


_COLUMNS: Final = ["account_id", "kind", "day", "person", "signals"]


def _counts(condition: ColumnElement[bool]) -> Any:
    """Count in the order of the index that says all, so that nothing is sorted and no row is looked up."""
    return (
        select(Signal.account_id, Signal.kind, Signal.day, func.coalesce(Signal.person, ""), func.count())
        .where(condition, Signal.left_out_as.is_(None))
        .group_by(Signal.account_id, Signal.kind, Signal.day, Signal.person)
    )


def _is_place(table: type[PersonDay | Signal]) -> ColumnElement[bool]:
    """Select one day of an account and kind, by all columns of an index: however many are asked for."""
    return and_(
        table.account_id == bindparam("its_account"),
        table.kind == bindparam("its_kind"),
        table.day == bindparam("its_day"),
    )


_DAYS: Final = cast("Table", PersonDay.__table__)
_FORGET: Final = delete(_DAYS).where(_is_place(PersonDay))
_COUNT: Final = insert(_DAYS).from_select(_COLUMNS, _counts(_is_place(Signal)))


def rebuild_rollups(session: Session, account_ids: Collection[int]) -> int:
    """Make all counts of some accounts again from the ledger; return how many there are."""
    hold_accounts(session, account_ids)
    session.execute(delete(PersonDay).where(PersonDay.account_id.in_(account_ids)))
    counts = _counts(Signal.account_id.in_(account_ids))
    session.execute(insert(PersonDay).from_select(_COLUMNS, counts))
    made = select(func.count()).select_from(PersonDay).where(PersonDay.account_id.in_(account_ids))
    return session.scalar(made) or 0
