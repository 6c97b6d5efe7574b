"""Checklist steps that prove themselves, and are open again when what proved them is taken back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import ProofsAsked, SignalsRecorded, SignalsRestored, SignalsVoided, StepReopened
from portal.onboarding.evidence import queries, service
from portal.onboarding.evidence.rules import ProvableStep
from portal.onboarding.evidence.service import Happened
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Fact


def complete_matching_steps(
    session: Session, event: SignalsRecorded | SignalsRestored, now: datetime
) -> None:
    """Let these signals count for the steps that wait for their kind; read nothing else of the ledger."""
    told = (Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None), Signal.left_out_as.is_(None))
    concerned = _kinds(told)
    held = service.hold(session, queries.is_concerned(concerned))
    if held:
        steps = [step for step in queries.steps_concerned(session, concerned) if step.checklist_id in held]
        service.weigh(session, steps, partial(_among, session, told), now=now)


def _kinds(told: Sequence[ColumnElement[bool]]) -> Subquery:
    """Say of which kinds which accounts have signals, and from when the earliest is."""
    return (
        select(Signal.account_id, Signal.kind, func.min(Signal.occurred_at).label("earliest"))
        .where(*told)
        .group_by(Signal.account_id, Signal.kind)
        .subquery()
    )


def prove_from_ledger(session: Session, event: ProofsAsked, now: datetime) -> None:
    """Look once at all that happened since the checklist began: a step may be younger than its proof."""
    _recount(session, event.step_ids, now=now)


def forget_what_counted(session: Session, event: StepReopened, now: datetime) -> None:
    """What had proved a step that someone opened again counts no more."""
    if not event.because:
        _recount(session, [event.step_id], now=now)


def _recount(session: Session, step_ids: Collection[int], *, now: datetime) -> None:
    theirs = select(ChecklistStep.checklist_id).where(ChecklistStep.id.in_(step_ids))
    service.hold(session, Checklist.id.in_(theirs))
    steps = queries.provable_steps(session, step_ids)
    service.recount(session, steps, partial(_ledger, session), now=now)


def follow_voided(session: Session, event: SignalsVoided, now: datetime) -> None:
    """Prove otherwise what rested on signals that were taken back; what cannot be is open again.

    The accounts' checklists are held first: whoever lets these signals count at the same moment has either
    done so before they are looked at, or sees then that they were taken back.
    """
    accounts = select(Signal.account_id).where(Signal.id.in_(event.signal_ids))
    service.hold(session, Checklist.account_id.in_(accounts))
    steps = queries.steps_resting_on(session, event.signal_ids)
    service.recount(session, steps, partial(_ledger, session), because=event.reason, now=now)


def _among(
    session: Session, told: Sequence[ColumnElement[bool]], steps: Sequence[ProvableStep]
) -> Mapping[tuple[int, str], Happened]:
    """Read those of some signals that may count for some steps."""
    kinds = Signal.kind.in_({step.proof.kind for step in steps})
    accounts = Signal.account_id.in_({step.account_id for step in steps})
    return _read(session, *told, kinds, accounts)


def _ledger(session: Session, steps: Sequence[ProvableStep]) -> Mapping[tuple[int, str], Happened]:
    """Read all that may count for some steps, once for each account and kind."""
    starts = ((step.account_id, step.proof.kind, step.started_on) for step in steps)
    return happened_since(session, service.earliest(starts))


def happened_since(session: Session, since: service.Since) -> Mapping[tuple[int, str], Happened]:
    """Read all that figures count of accounts and kinds, for each from a day on."""
    happened = _read(
        session,
        Signal.account_id.in_({account_id for account_id, _kind in since}),
        Signal.kind.in_({kind for _account_id, kind in since}),
        Signal.day >= min(since.values(), default=date.max),
        Signal.left_out_as.is_(None),
    )
    return {
        place: [(day, fact) for day, fact in happened.get(place, ()) if day >= first]
        for place, first in since.items()
    }


def _read(session: Session, *wanted: ColumnElement[bool]) -> Mapping[tuple[int, str], Happened]:
    """Read signals of accounts, by account and kind."""
    found: defaultdict[tuple[int, str], list[tuple[date, Fact]]] = defaultdict(list)
    for row in session.execute(select(*_COLUMNS).where(*wanted)):
        fact = Fact(
            id=row.id,
            kind=row.kind,
            occurred_at=row.occurred_at,
            person=row.person,
            subject=row.subject,
            data=row.data,
        )
        found[row.account_id, row.kind].append((row.day, fact))
    return found


_COLUMNS: Final = (
    Signal.id,
    Signal.kind,
    Signal.occurred_at,
    Signal.person,
    Signal.subject,
    Signal.data,
    Signal.account_id,
    Signal.day,
)
