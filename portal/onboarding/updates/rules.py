"""What becomes of a checklist when it follows a newer version of its map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from portal.onboarding.dates.rules import chosen_days, days_of, end_of
from portal.onboarding.models import CONTENT, Checklist, ChecklistStep, MapStep, MapVersion, StepContent
from portal.onboarding.schedule import Shift, shifts


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A step that says something else than before; `names` are the columns in which it does."""

    before: ChecklistStep
    after: StepContent
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """What following a version changes.

    `steps` are all that there will be, in order: `added` are those of them that are new, `kept` those that
    are done and stay on the record though the map has them no more. `removed` are the open steps that go, and
    `shifts` the steps that stay and get another day.
    """

    checklist: Checklist
    version: MapVersion
    steps: Sequence[ChecklistStep]
    added: Sequence[ChecklistStep]
    kept: Sequence[ChecklistStep]
    removed: Sequence[ChecklistStep]
    changes: Sequence[Change]
    shifts: Sequence[Shift]
    days: Mapping[str, date]
    ends_on: date

    @property
    def moved(self) -> Sequence[tuple[ChecklistStep, Shift]]:
        """The steps that stay and get another day, as they will be."""
        steps = {step.key: step for step in self.steps}
        return [(steps[shift.key], shift) for shift in self.shifts]

    @property
    def mark(self) -> str:
        """What tells this outcome from any other, for whoever agrees to it."""
        states = [f"{step.key}:{step.version}" for step in self.checklist.steps]
        return " ".join([f"{self.checklist.version_id}-{self.version.id}", *states])


def update_to(version: MapVersion, checklist: Checklist) -> Update:
    """Work out what changes when a checklist follows a version of its map; steps are the same by their key.

    What is done stays done, with its day, and chosen days stay chosen. Of a completed checklist nothing more
    is required than was before.
    """
    ours = {step.key: step for step in checklist.steps}
    theirs = {step.key: step for step in version.steps}
    kept = [step for step in checklist.steps if step.is_done and step.key not in theirs]
    after = {key: _after(step, ours.get(key), checklist) for key, step in theirs.items()}
    after |= {step.key: _on_record(step) for step in kept}
    order = _in_order(list(theirs), [step.key for step in checklist.steps if step.key in after])
    steps = [after[key] for key in order]
    days = days_of(checklist, steps, chosen=chosen_days(checklist))
    changes = [_change(ours[step.key], step) for step in steps if step.key in ours and step.key in theirs]
    return Update(
        checklist=checklist,
        version=version,
        steps=steps,
        added=[step for step in steps if step.key not in ours],
        kept=kept,
        removed=[step for step in checklist.steps if step.key not in after],
        changes=[change for change in changes if change.names],
        shifts=shifts({step.key: step.due_on for step in checklist.steps}, days),
        days=days,
        ends_on=end_of(steps, days),
    )


def _after(step: MapStep, ours: ChecklistStep | None, checklist: Checklist) -> ChecklistStep:
    is_required = ours is not None and ours.is_required if checklist.is_complete else step.is_required
    return _step(step, is_required=is_required)


def _on_record(step: ChecklistStep) -> ChecklistStep:
    """A step that the map has no more waits for nothing, so that no circle can close over it."""
    return _step(step, needs=[], counted_from=None)


def _step(content: StepContent, **values: Any) -> ChecklistStep:
    return ChecklistStep(**{**content.content(), **values})


def _in_order(keys: Sequence[str], record: Sequence[str]) -> list[str]:
    """Return the keys of the map, with what else stays right after what it stood behind."""
    order = list(keys)
    for before, key in pairwise(["", *record]):
        if key not in order:
            order.insert(order.index(before) + 1 if before else 0, key)
    return order


def _change(before: ChecklistStep, after: StepContent) -> Change:
    differs = {name for name in CONTENT if getattr(before, name) != getattr(after, name)}
    return Change(before=before, after=after, names=frozenset(differs - {"position"}))
