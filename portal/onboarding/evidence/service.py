"""What follows for steps from what happened, and from what turns out not to have."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core import outbox
from portal.core.batches import batches
from portal.events import ProofsAsked, StepReopened, StepsProved
from portal.onboarding.dates.service import reset_dates
from portal.onboarding.evidence import queries
from portal.onboarding.evidence.models import StepEvidence
from portal.onboarding.evidence.rules import ProvableStep, kept, most
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note_steps
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Fact

BATCH: Final = 500

Happened = Sequence[tuple[date, Fact]]
"""Facts, each with its day of the site."""

Since = Mapping[tuple[int, str], date]
"""From which day on something of an account and a kind may count."""

Ledger = Callable[[Sequence[ProvableStep]], Mapping[tuple[int, str], Happened]]
"""Reads what happened, by account and kind, that may count for some steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finding:
    """What counts for a step now, and what did before."""

    step: ProvableStep
    before: Sequence[Fact]
    after: Sequence[Fact]

    @property
    def evidence(self) -> Sequence[Fact] | None:
        """What proves the step; None as long as it does not suffice."""
        return self.after if len(self.after) == most(self.step.proof) else None


def earliest(starts: Iterable[tuple[int, str, date]]) -> Since:
    """Return the first of the days from which on something of accounts and kinds may count."""
    since: dict[tuple[int, str], date] = {}
    for account_id, kind, day in starts:
        since[account_id, kind] = min(day, since.get((account_id, kind), day))
    return since


def hold(session: Session, *which: ColumnElement[bool]) -> Collection[int]:
    """Hold checklists until the transaction ends, in order, so that nobody else completes their steps.

    Return their ids. Steps are to be read afterwards, as they may have changed while these were waited for.
    """
    held = select(Checklist.id).where(*which).order_by(Checklist.id).with_for_update()
    return set(session.scalars(held))


def weigh(session: Session, steps: Sequence[ProvableStep], ledger: Ledger, *, now: datetime) -> None:
    """Let new facts count for steps whose checklists are held: they are done, or were earlier than known."""
    happened = ledger(steps)
    counting = [(step, new) for step in steps if (new := _counting(step, happened))]
    before = queries.kept_facts(session, [step for step, _new in counting])
    findings = []
    for step, new in counting:
        known = before.get(step.id, ())
        still = [fact for fact in known if step.is_after_reopening(fact)]
        findings.append(_Finding(step=step, before=known, after=kept(step.proof, [*still, *new])))
    _conclude(session, findings, because="", now=now)


def recount(
    session: Session, steps: Sequence[ProvableStep], ledger: Ledger, *, because: str = "", now: datetime
) -> None:
    """Prove steps whose checklists are held by all that happened, whatever counted for them before.

    One that was done and is proved no more is open again if there is a reason: `because` is its code. Without
    one what is done stays so.
    """
    happened = ledger(steps)
    before = queries.kept_facts(session, steps)
    findings = [
        _Finding(step=step, before=before.get(step.id, ()), after=kept(step.proof, _counting(step, happened)))
        for step in steps
    ]
    findings = [found for found in findings if because or found.evidence or found.step.completed_at is None]
    _conclude(session, findings, because=because, now=now)


def ask_for_proof(session: Session, steps: Iterable[ChecklistStep]) -> None:
    """Have open steps proved by what is in the ledger, after the commit: new ones, or by another proof."""
    session.flush()
    ids = [step.id for step in steps if step.proof and not step.is_done]
    for some in batches(ids, BATCH):
        session.execute(delete(StepEvidence).where(StepEvidence.step_id.in_(some)))
        outbox.record(session, ProofsAsked(step_ids=tuple(some)))


def _counting(step: ProvableStep, happened: Mapping[tuple[int, str], Happened]) -> list[Fact]:
    facts = happened.get((step.account_id, step.proof.kind), ())
    return [fact for day, fact in facts if step.lets_count(fact, day=day)]


def _conclude(session: Session, findings: Sequence[_Finding], *, because: str, now: datetime) -> None:
    _keep(session, findings)
    changes: dict[int, dict[str, Any]] = {}
    reopened: list[ProvableStep] = []
    for found in findings:
        step, evidence = found.step, found.evidence
        if evidence:
            at, proved_by = evidence[-1].occurred_at, [fact.id for fact in evidence]
            if (step.completed_at, step.proved_by) != (at, tuple(proved_by)):
                changes[step.id] = _change(step, completed_at=at, proved_by=proved_by)
        elif step.completed_at is not None:
            changes[step.id] = _change(step, reopened_because=because)
            reopened.append(step)
    if not changes:
        return
    session.execute(_CHANGE, list(changes.values()))
    _settle(session, {found.step.checklist_id for found in findings if found.step.id in changes})
    if reopened:
        _reopen(session, reopened, because=because, now=now)
    proved = [found for found in findings if found.step.id in changes and found.evidence]
    ticked = {
        found.step.id: found.evidence[-1].occurred_at
        for found in proved
        if found.evidence and found.step.completed_at is None
    }
    note_steps(session, Act.PROVED, ticked)
    _tell_proved(session, proved)


def _reopen(session: Session, steps: Sequence[ProvableStep], *, because: str, now: datetime) -> None:
    """Report the steps that are open again, and work out the days of their checklists anew."""
    for step in steps:
        outbox.record(session, StepReopened(step_id=step.id, at=now.isoformat(), because=because))
    query = (
        select(Checklist)
        .options(joinedload(Checklist.account), selectinload(Checklist.steps))
        .where(Checklist.id.in_({step.checklist_id for step in steps}))
        .execution_options(populate_existing=True)
    )
    for checklist in session.scalars(query):
        reset_dates(session, checklist, now=now)
    note_steps(session, Act.REOPENED, dict.fromkeys((step.id for step in steps), now), because=because)


def _change(step: ProvableStep, **values: object) -> dict[str, Any]:
    return {"completed_at": None, "proved_by": None, "reopened_because": None, "step_id": step.id} | values


_STEPS: Final = ChecklistStep.__table__
_CHANGE: Final = (
    update(_STEPS)  # type: ignore[arg-type]  # A mapped class's table is typed as any selectable.
    .where(_STEPS.c.id == bindparam("step_id"))
    .values(
        completed_at=bindparam("completed_at"),
        completed_by_id=None,
        proved_by=bindparam("proved_by"),
        reopened_because=bindparam("reopened_because"),
        version=_STEPS.c.version + 1,
    )
)


def _tell_proved(session: Session, findings: Sequence[_Finding]) -> None:
    """Report the steps that are done now, or were at another time; other evidence alone is no news."""
    told = [
        found.step.id
        for found in findings
        if found.evidence and found.step.completed_at != found.evidence[-1].occurred_at
    ]
    for some in batches(told, BATCH):
        outbox.record(session, StepsProved(step_ids=tuple(some)))


def _keep(session: Session, findings: Sequence[_Finding]) -> None:
    """Write what counts for the steps now in the place of what did."""
    gone, new = [], []
    for found in findings:
        before, after = {fact.id for fact in found.before}, {fact.id: fact for fact in found.after}
        gone += [(found.step.id, signal_id) for signal_id in before - after.keys()]
        new += [_row(found.step, fact) for fact in found.after if fact.id not in before]
    for some in batches(gone, BATCH):
        pair = tuple_(StepEvidence.step_id, StepEvidence.signal_id)
        session.execute(delete(StepEvidence).where(pair.in_(some)))
    if new:
        session.execute(insert(StepEvidence), new)


def _row(step: ProvableStep, fact: Fact) -> dict[str, Any]:
    return {
        "step_id": step.id,
        "signal_id": fact.id,
        "occurred_at": fact.occurred_at,
        "person": fact.person,
        "subject": fact.subject,
    }


def _settle(session: Session, checklist_ids: Collection[int]) -> None:
    """Settle checklists as `Checklist.settle` does, without reading the steps that were done before."""
    required = (ChecklistStep.checklist_id == Checklist.id, ChecklistStep.is_required)
    is_open = exists().where(*required, ChecklistStep.completed_at.is_(None))
    last = select(func.max(ChecklistStep.completed_at)).where(*required).scalar_subquery()
    session.execute(
        update(Checklist)
        .where(Checklist.id.in_(checklist_ids))
        .values(completed_at=case((is_open, null()), else_=last)),
        execution_options={"synchronize_session": False},
    )


def rename_person(session: Session, signal_ids: Sequence[int], *, person: str, forgets_subject: bool) -> None:
    """Let another name stand for the person behind some signals, and forget what those were about."""
    values = {"person": person} | ({"subject": None} if forgets_subject else {})
    session.execute(
        update(StepEvidence)
        .where(StepEvidence.signal_id.in_(signal_ids), StepEvidence.person.is_not(None))
        .values(values),
        execution_options={"synchronize_session": False},
    )
