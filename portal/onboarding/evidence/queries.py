"""Reads of the steps that signals complete, and of what they rest on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Result, Select, Subquery, and_, or_, select, union_all
from sqlalchemy.orm import Session

from portal.core.batches import batches
from portal.onboarding.evidence.models import StepEvidence
from portal.onboarding.evidence.rules import ProvableStep
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Fact, Proof, parse_proof

BATCH: Final = 5000


def is_concerned(facts: Subquery) -> ColumnElement[bool]:
    """Select the checklists with steps for which new facts may count; see `steps_concerned`."""
    return Checklist.id.in_(_concerned(facts, ChecklistStep.checklist_id))


def steps_concerned(session: Session, facts: Subquery) -> Sequence[ProvableStep]:
    """Return the steps for which new facts may count, by the columns account_id, kind and earliest of those.

    They are the open ones whose proof asks for that kind, and those that signals completed no earlier than
    the earliest of the new facts, which came late. A step that was done before costs nothing.
    """
    return _read(session.execute(_concerned(facts, *_COLUMNS)))


def _concerned(facts: Subquery, *columns: Any) -> CompoundSelect[Any]:
    asks = and_(
        facts.c.account_id == Checklist.account_id,
        facts.c.kind == ChecklistStep.proof["kind"].as_string(),
    )
    steps = select(*columns).join(ChecklistStep.checklist).join(facts, asks)
    still_open = steps.where(ChecklistStep.proof.is_not(None), ChecklistStep.completed_at.is_(None))
    late = ChecklistStep.completed_at >= facts.c.earliest
    return union_all(still_open, steps.where(ChecklistStep.proved_by.is_not(None), late))


def provable_steps(session: Session, step_ids: Collection[int]) -> Sequence[ProvableStep]:
    """Return those of some steps that signals complete, open or done; not what someone ticked."""
    return _read(session.execute(_provable().where(ChecklistStep.id.in_(step_ids), _NOT_TICKED)))


def steps_resting_on(session: Session, signal_ids: Collection[int]) -> Sequence[ProvableStep]:
    """Return the steps for which some signals count, open or done; not what someone ticked."""
    resting = select(StepEvidence.step_id).where(StepEvidence.signal_id.in_(signal_ids))
    return _read(session.execute(_provable().where(ChecklistStep.id.in_(resting), _NOT_TICKED)))


_NOT_TICKED = or_(ChecklistStep.completed_at.is_(None), ChecklistStep.proved_by.is_not(None))


def _provable() -> Select[Any]:
    return select(*_COLUMNS).join(ChecklistStep.checklist).where(ChecklistStep.proof.is_not(None))


_COLUMNS: Final = (
    ChecklistStep.id,
    ChecklistStep.checklist_id,
    Checklist.account_id,
    Checklist.started_on,
    ChecklistStep.reopened_at,
    ChecklistStep.completed_at,
    ChecklistStep.proved_by,
    ChecklistStep.proof,
)


def _read(rows: Result[*tuple[Any, ...]]) -> Sequence[ProvableStep]:
    proofs: dict[str, Proof] = {}  # Checklists of the same map say the same.
    return [
        ProvableStep(
            id=step_id,
            checklist_id=checklist_id,
            account_id=account_id,
            started_on=started_on,
            reopened_at=reopened_at,
            completed_at=completed_at,
            proved_by=None if proved_by is None else tuple(proved_by),
            proof=proofs.get(str(proof)) or proofs.setdefault(str(proof), parse_proof(proof)),
        )
        for (
            step_id,
            checklist_id,
            account_id,
            started_on,
            reopened_at,
            completed_at,
            proved_by,
            proof,
        ) in rows
    ]


def kept_facts(session: Session, steps: Sequence[ProvableStep]) -> Mapping[int, Sequence[Fact]]:
    """Return the facts that count for some steps so far, by the step's id."""
    kinds = {step.id: step.proof.kind for step in steps}
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for some in batches(kinds, BATCH):
        mine = StepEvidence.step_id.in_(some)
        for row in session.execute(select(StepEvidence.__table__).where(mine)):
            found[row.step_id].append(
                Fact(
                    id=row.signal_id,
                    kind=kinds[row.step_id],
                    occurred_at=row.occurred_at,
                    person=row.person,
                    subject=row.subject,
                )
            )
    return found
