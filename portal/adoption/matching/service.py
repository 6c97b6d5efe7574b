"""Writes of facts whose account or person was not certain: kept, matched, set aside, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.adoption.matching import queries
from portal.adoption.matching.directory import Directory, Match, directory_of
from portal.adoption.matching.forgetting import forget
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.models import Signal
from portal.adoption.own.discretion import names_of
from portal.adoption.reports import Report
from portal.adoption.service import BATCH, Fact, hold, record, void
from portal.core import outbox
from portal.core.batches import batches
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import RetractionGoesOn

ALIAS_TAKEN_BACK: Final = "alias_taken_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """What a name means to staff: an account, a person, or nothing, for a reason."""

    account_id: int | None = None
    user_id: int | None = None
    reason: str = ""

    @property
    def leads_nowhere(self) -> bool:
        """Whether what has the name is set aside."""
        return self.account_id is None and self.user_id is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """How many facts were new and wait now, and how many came into the ledger by aliases."""

    waiting: int
    matched: int


def fact_of(report: Report, match: Match, *, source: str) -> Fact:
    """Return what the ledger says of a report whose account and person are certain."""
    return Fact(
        kind=report.kind,
        key=report.key,
        occurred_at=report.occurred_at,
        source=source,
        account_id=match.account_id,
        user_id=match.user_id,
        data=report.data,
    )


def keep(session: Session, reports: Sequence[tuple[Report, Match]], *, source: str, now: datetime) -> Kept:
    """Keep facts that are not certain or rest on an alias; those that are known already stay as they are."""
    if not reports:
        return Kept(waiting=0, matched=0)
    keys = [report.key for report, _match in reports]
    names = names_of(keys, source=source)
    in_ledger = select(Signal.key).where(Signal.source == source, Signal.key.in_(names))
    known = {names[key] for key in session.scalars(in_ledger)}
    ids = insert_new(
        session,
        UnmatchedSignal,
        [
            _waiting_row(report, match, source=source, now=now)
            for report, match in reports
            if report.key not in known
        ],
    )
    matched = 0
    if any(match.problem is None for _report, match in reports):
        matched = _match(session, UnmatchedSignal.id.in_(ids), now=now)
    return Kept(waiting=len(ids) - matched, matched=matched)


def _waiting_row(report: Report, match: Match, *, source: str, now: datetime) -> dict[str, object]:
    return {
        "source": source,
        "key": report.key,
        "kind": report.kind,
        "occurred_at": report.occurred_at,
        "account": report.account,
        "address": report.user,
        "data": report.data,
        "told_at": now,
        "problem": match.problem or Problem.ACCOUNT,
        "name": match.name or "",
        "matches": 0,
    }


def match_waiting(session: Session, *, after: int, now: datetime) -> int | None:
    """Match some of the facts, beyond an id, whose account or person has appeared.

    Return the id up to which that was done; None at the end.
    """
    ids = session.scalars(queries.matchable().where(UnmatchedSignal.id > after).limit(BATCH)).all()
    _match(session, UnmatchedSignal.id.in_(ids), now=now)
    return ids[-1] if ids else None


def _match(session: Session, *wanted: ColumnElement[bool], now: datetime) -> int:
    """Bring those of some waiting facts into the ledger whose account and person are certain by now."""
    queries.hold_named(session, *wanted)
    waiting = select(UnmatchedSignal).where(*wanted, queries.is_waiting()).order_by(UnmatchedSignal.id)
    rows = session.scalars(waiting.with_for_update()).all()
    matched = 0
    for part in batches(rows, BATCH):
        directory = directory_of(session, [(row.account, row.address) for row in part])
        matched += _settle(session, part, directory, now=now)
    return matched


def _settle(session: Session, rows: Sequence[UnmatchedSignal], directory: Directory, *, now: datetime) -> int:
    certain: list[tuple[UnmatchedSignal, Match]] = []
    for row in rows:
        match = directory.find(row.account, row.address)
        row.problem, row.name = match.problem, match.name
        if match.problem is None:
            certain.append((row, match))
    facts = [_fact(row, match) for row, match in certain]
    record(session, facts, now=now)
    ids = _ledger_ids(session, facts)
    for (row, match), fact in zip(certain, facts, strict=True):
        row.signal_id, is_erased = ids.get((fact.source, fact.key), (None, False))
        row.account_alias_id, row.person_alias_id = match.account_alias_id, match.person_alias_id
        row.matches += 1
        if is_erased:
            forget(row)
    session.flush()
    direct = [row.id for row, match in certain if match.is_direct and row.matches == 1]
    session.execute(delete(UnmatchedSignal).where(UnmatchedSignal.id.in_(direct)))
    return len(certain)


def _fact(row: UnmatchedSignal, match: Match) -> Fact:
    return Fact(
        kind=row.kind,
        key=row.ledger_key,
        occurred_at=row.occurred_at,
        source=row.source,
        account_id=match.account_id,
        user_id=match.user_id,
        data=row.data,
    )


def _ledger_ids(session: Session, facts: Sequence[Fact]) -> dict[tuple[str, str], tuple[int, bool]]:
    """Return, by source and key, as what facts stand in the ledger, and whether without their person."""
    found: dict[tuple[str, str], tuple[int, bool]] = {}
    for source in {fact.source for fact in facts}:
        names = names_of([fact.key for fact in facts if fact.source == source], source=source)
        mine = select(Signal.key, Signal.id).where(Signal.source == source, Signal.key.in_(names))
        for key, signal_id in session.execute(mine):
            found[source, names[key]] = signal_id, key != names[key]
    return found


def take_back(session: Session, reasons: Mapping[str, str], *, source: str, now: datetime) -> dict[str, bool]:
    """Take told facts back, given why by their keys; return, by the known, whether they held until now."""
    names = names_of(reasons, source=source)
    rows = session.scalars(
        select(UnmatchedSignal)
        .where(UnmatchedSignal.source == source, UnmatchedSignal.key.in_(names))
        .order_by(UnmatchedSignal.id)
        .with_for_update()
    ).all()
    news = {names[row.key]: row.taken_back_at is None for row in rows}
    signals = {row.signal_id: names[row.key] for row in rows if row.signal_id is not None}
    for row in rows:
        row.taken_back_at = row.taken_back_at or now
    names = {name: key for name, key in names.items() if key not in news}
    in_ledger = session.execute(
        select(Signal.id, Signal.key).where(
            Signal.source == source, Signal.key.in_(names), Signal.voids_id.is_(None)
        )
    )
    told = {signal_id: names[key] for signal_id, key in in_ledger}
    voided = _void_each(session, {row_id: reasons[key] for row_id, key in (signals | told).items()}, now=now)
    return news | {key: signal_id in voided for signal_id, key in told.items()}


def _void_each(session: Session, reasons: Mapping[int, str], *, now: datetime) -> set[int]:
    """Take facts back that are held in one order, whatever the reasons; return the ids of those that held."""
    hold(session, reasons)
    by_reason: dict[str, list[int]] = {}
    for signal_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(signal_id)
    voided = [void(session, ids, reason=reason, now=now) for reason, ids in by_reason.items()]
    return set().union(*voided)


def explain_name(
    session: Session, *, actor: Actor, problem: Problem, name: str, meant: Meant, now: datetime
) -> int:
    """Say what a name means, for the facts that wait and for later ones; return how many were matched.

    A batch of those that wait is matched at once; `match_waiting` goes on.

    Raises:
        NotFoundError: the actor is not staff, or no fact waits with that name.
        InvalidError: there is no such account or person, or no reason to set a name aside.
        ConflictError: someone has explained the name meanwhile.
    """
    queries.group_for(session, actor, problem=problem, name=name)
    _check_meant(session, problem, meant)
    row = {
        "problem": problem,
        "name": name,
        "account_id": meant.account_id if meant.user_id is None else None,
        "user_id": meant.user_id,
        "reason": meant.reason.strip(),
        "made_at": now,
        "made_by_id": actor.user_id,
    }
    if not insert_new(session, SignalAlias, [row]):
        raise ConflictError(N_("Someone has decided about this name meanwhile. Look at the list again."))
    return 0 if meant.leads_nowhere else _match_some(session, problem, name, now=now)


def _match_some(session: Session, problem: Problem, name: str, *, now: datetime) -> int:
    waiting = (
        select(UnmatchedSignal.id)
        .where(queries.is_waiting(), UnmatchedSignal.problem == problem, UnmatchedSignal.name == name)
        .order_by(UnmatchedSignal.id)
        .limit(BATCH)
    )
    return _match(session, UnmatchedSignal.id.in_(session.scalars(waiting).all()), now=now)


def _check_meant(session: Session, problem: Problem, meant: Meant) -> None:
    if meant.user_id is not None:
        user = session.get(User, meant.user_id)
        if problem is not Problem.PERSON or user is None or user.account_id is None:
            raise InvalidError(N_("Choose a person of an account."), field="target")
    elif meant.account_id is not None:
        if problem is Problem.ELSEWHERE or session.get(Account, meant.account_id) is None:
            raise InvalidError(N_("Choose an account."), field="target")
    elif not meant.reason.strip():
        raise InvalidError(N_("Say why these signals are set aside."), field="reason")


def take_back_alias(session: Session, *, actor: Actor, alias_id: int, now: datetime) -> SignalAlias:
    """Forget what a name was said to mean: what rested on that counts no more, and waits again to be matched.

    A batch is taken back at once; `take_back_resting` goes on.

    Raises:
        NotFoundError: no such alias, or the actor is not staff.
    """
    alias = queries.alias_for(session, actor, alias_id)
    alias.taken_back_at = now
    take_back_resting(session, alias, now=now)
    return alias


def take_back_resting(session: Session, alias: SignalAlias, *, now: datetime) -> None:
    """Take back some of what rests on an alias that is in force no more; ask for the rest, or forget it."""
    resting = select(UnmatchedSignal).where(queries.rests_on(alias)).order_by(UnmatchedSignal.id).limit(BATCH)
    rows = session.scalars(resting.with_for_update()).all()
    void(session, [row.signal_id for row in rows if row.signal_id], reason=ALIAS_TAKEN_BACK, now=now)
    leaving = queries.leaving(session, {row.person_alias_id for row in rows})
    for row in rows:
        if row.person_alias_id in leaving:
            forget(row)
        row.signal_id = row.account_alias_id = row.person_alias_id = None
        row.problem, row.name = alias.problem, alias.name
        if row.address is None:
            row.problem, row.name = Problem.ACCOUNT, row.account
    session.flush()
    nobodys = [row.id for row in rows if row.names_nobody]
    session.execute(delete(UnmatchedSignal).where(UnmatchedSignal.id.in_(nobodys)))
    if len(rows) == BATCH:
        outbox.record(session, RetractionGoesOn(alias_id=alias.id))
    else:
        session.delete(alias)
        session.flush()
