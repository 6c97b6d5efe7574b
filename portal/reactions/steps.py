"""What the ledger says of checklist steps follows what stands in them: completed, reopened, all done."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, load_only

from portal.adoption.models import Signal
from portal.adoption.service import Fact, record, restore, void
from portal.events import ChecklistCompleted, StepCompleted, StepReopened, StepsProved
from portal.onboarding.models import Checklist, ChecklistStep

COMPLETED, REOPENED, ALL_DONE = "step.completed", "step.reopened", "checklist.completed"
PROVED_OTHERWISE = "proved_otherwise"


def record_completed_step(session: Session, event: StepCompleted, now: datetime) -> None:
    """A checklist step was done; the last required one completes the checklist. One that went is no news."""
    if step := session.get(ChecklistStep, event.step_id, options=[joinedload(ChecklistStep.checklist)]):
        record(session, _completions(step, at=datetime.fromisoformat(event.at)), now=now)


def _completions(step: ChecklistStep, *, at: datetime) -> Iterator[Fact]:
    checklist = step.checklist
    yield Fact(
        kind=COMPLETED,
        key=f"{COMPLETED}:{step.id}:{at.isoformat()}",
        occurred_at=at,
        user_id=step.completed_by_id,
        account_id=checklist.account_id,
        subject=f"step:{step.id}",
        data={
            "checklist_id": checklist.id,
            "first_value": step.is_first_value,
            "required": step.is_required,
        },
    )
    if step.is_required and checklist.completed_at is not None:
        yield _completion(checklist, at=checklist.completed_at)


def _completion(checklist: Checklist, *, at: datetime) -> Fact:
    return Fact(
        kind=ALL_DONE,
        key=f"{ALL_DONE}:{checklist.id}:{at.isoformat()}",
        occurred_at=at,
        account_id=checklist.account_id,
        subject=f"checklist:{checklist.id}",
    )


def record_completed_checklist(session: Session, event: ChecklistCompleted, now: datetime) -> None:
    """A checklist was completed by its map; nothing if it was opened again before this was told."""
    checklist = session.get_one(Checklist, event.checklist_id)
    if checklist.completed_at is not None:
        record(session, [_completion(checklist, at=checklist.completed_at)], now=now)


def record_reopened_step(session: Session, event: StepReopened, now: datetime) -> None:
    """A checklist step is open again; if its proof was taken back, it has not been done."""
    step = session.get(ChecklistStep, event.step_id, options=[joinedload(ChecklistStep.checklist)])
    if step is None:  # A newer version of the map does without it.
        return
    fact = Fact(
        kind=REOPENED,
        key=f"{REOPENED}:{step.id}:{event.at}",
        occurred_at=datetime.fromisoformat(event.at),
        account_id=step.checklist.account_id,
        subject=f"step:{step.id}",
        data={"checklist_id": step.checklist_id},
    )
    record(session, [fact], now=now)
    if event.because:
        _correct(session, [step], now=now)


def follow_proofs(session: Session, event: StepsProved, now: datetime) -> None:
    """Signals completed steps, or completed them at another time than the ledger says."""
    query = select(ChecklistStep).options(joinedload(ChecklistStep.checklist), load_only(*_TOLD))
    steps = session.scalars(query.where(ChecklistStep.id.in_(event.step_ids))).all()
    proved = [step for step in steps if step.proved_by]
    facts = {
        fact.key: fact
        for step in proved
        if step.completed_at
        for fact in _completions(step, at=step.completed_at)
    }
    record(session, facts.values(), now=now)
    _correct(session, proved, now=now)


_TOLD: Final = (
    ChecklistStep.checklist_id,
    ChecklistStep.is_required,
    ChecklistStep.milestone,
    ChecklistStep.completed_at,
    ChecklistStep.completed_by_id,
    ChecklistStep.proved_by,
    ChecklistStep.reopened_at,
)


def _correct(session: Session, steps: Collection[ChecklistStep], *, now: datetime) -> None:
    """Take back what is not so of steps since someone last opened them, and let the rest hold.

    What someone ticked or opened is never touched.
    """
    by_subject = {f"step:{step.id}": step for step in steps if step.proved_by or not step.is_done}
    checklists = {f"checklist:{step.checklist_id}": step.checklist for step in by_subject.values()}
    reopened = _last_reopened(session, {checklist.id for checklist in checklists.values()})
    signals = session.execute(
        select(Signal.id, Signal.kind, Signal.subject, Signal.occurred_at, Signal.left_out_as).where(
            Signal.subject.in_([*by_subject, *checklists]), Signal.kind.in_((COMPLETED, REOPENED, ALL_DONE))
        )
    ).all()
    true: set[tuple[int, bool]] = set()
    untrue: set[tuple[int, bool]] = set()
    for row in signals:
        subject = row.subject or ""
        if step := by_subject.get(subject):
            since, holds = step.reopened_at, _holds(step, row.kind, row.occurred_at)
        else:
            checklist = checklists[subject]
            since, holds = reopened.get(checklist.id), row.occurred_at == checklist.completed_at
        if since is None or row.occurred_at > since:
            (true if holds else untrue).add((row.id, row.left_out_as is None))
    void(session, {row_id for row_id, counts in untrue if counts}, reason=PROVED_OTHERWISE, now=now)
    restore(session, {row_id for row_id, counts in true if not counts}, reason=PROVED_OTHERWISE, now=now)


def _holds(step: ChecklistStep, kind: str, at: datetime) -> bool:
    if kind == COMPLETED:
        return at == step.completed_at
    return step.completed_at is None or at < step.completed_at


def _last_reopened(session: Session, checklist_ids: Collection[int]) -> Mapping[int, datetime]:
    """Return when someone last opened a step of some checklists, by the checklist's id."""
    rows = session.execute(
        select(Checklist.id, ChecklistStep.reopened_at)
        .join(Checklist.steps)
        .where(Checklist.id.in_(checklist_ids), ChecklistStep.reopened_at.is_not(None))
        .order_by(ChecklistStep.reopened_at)
    )
    return {checklist_id: at for checklist_id, at in rows if at is not None}
