"""Why a score is what it is: what it rests on, what changed since, and what would raise it most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Final

from portal.health.measuring import Ledger
from portal.health.model import Component, Feature, Measure, Model
from portal.health.rules import ComponentScore, Evidence, FeatureScore, Score, Tally, score

_DAY: Final = timedelta(days=1)
_SOMEONE_NEW: Final = "new"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """How many ten-thousandths of a point something gave before and after; the parts add up to it."""

    name: str
    before_e4: int
    after_e4: int
    parts: tuple["Change", ...] = ()

    @property
    def delta_e4(self) -> int:
        """The difference."""
        return self.after_e4 - self.before_e4


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """The feature of a component of which one more would raise the score most: one more signal or step."""

    component: Component
    feature: Feature
    gain_e4: int


def tallies_behind(feature: Feature, evidence: Evidence, as_of: date) -> list[Tally]:
    """Return the tallies that a feature's number rests on as of a day, the oldest first."""
    ledger = Ledger(evidence, as_of)
    kinds = {*ledger.kinds(feature.kinds), *ledger.kinds(feature.of)}
    found = [
        tally
        for tally in evidence.tallies
        if tally.kind in kinds and 0 <= (as_of - tally.day).days < feature.reach_days
    ]
    if feature.measure is Measure.RECENCY_DAYS:
        latest = max((tally.day for tally in found), default=as_of)
        found = [tally for tally in found if tally.day == latest]
    return sorted(found, key=lambda tally: (tally.day, tally.kind, tally.person or ""))


def first_day(feature: Feature, as_of: date) -> date | None:
    """Return the first day whose signals a feature looks at as of a day; None when it looks at all."""
    if as_of.toordinal() < feature.reach_days:
        return None
    return as_of - (ceil(feature.reach_days) - 1) * _DAY


def change(before: Score, after: Score) -> Change:
    """Compare two scores, component by component and feature by feature; no score counts as no points."""
    return Change(
        name="score",
        before_e4=before.points_e4 or 0,
        after_e4=after.points_e4 or 0,
        parts=_changes(before.components, after.components),
    )


def _changes(
    before: Sequence[ComponentScore | FeatureScore], after: Sequence[ComponentScore | FeatureScore]
) -> tuple[Change, ...]:
    """Pair what has the same name; a side that a model does not have gives nothing."""
    old, new = {part.name: part for part in before}, {part.name: part for part in after}
    return tuple(
        Change(
            name=name,
            before_e4=old[name].contribution_e4 if name in old else 0,
            after_e4=new[name].contribution_e4 if name in new else 0,
            parts=_changes(_features(old.get(name)), _features(new.get(name))),
        )
        for name in (new | old)
    )


def _features(part: ComponentScore | FeatureScore | None) -> Sequence[FeatureScore]:
    return part.features if isinstance(part, ComponentScore) else ()


def next_steps(model: Model, evidence: Evidence, as_of: date) -> tuple[NextStep, ...]:
    """Find of each component what would raise the score most if it happened once more, the best first.

    A component of which nothing would raise it is left out.
    """
    today = _points(model, evidence, as_of)
    steps = (
        max(
            (
                NextStep(component=component, feature=feature, gain_e4=gain - today)
                for feature in component.features
                for gain in [_points(model, _one_more(feature, evidence, as_of), as_of)]
            ),
            key=lambda step: step.gain_e4,
        )
        for component in model.components
    )
    return tuple(sorted((step for step in steps if step.gain_e4 > 0), key=lambda step: -step.gain_e4))


def _points(model: Model, evidence: Evidence, as_of: date) -> int:
    return score(model, evidence, as_of).points_e4 or 0


def _one_more(feature: Feature, evidence: Evidence, as_of: date) -> Evidence:
    """Suppose one more required step, or one more signal of the typical kind by whom it is missed most."""
    if feature.kinds[0] == "steps_completed":
        done = min(evidence.steps_completed + 1, evidence.steps_required)
        return replace(evidence, steps_completed=done)
    person = _longest_away(feature, evidence, as_of) if feature.measure is Measure.DISTINCT_PEOPLE else None
    more = Tally(kind=feature.kinds[0], day=as_of, person=person, signals=1)
    return replace(evidence, tallies=(*evidence.tallies, more))


def _longest_away(feature: Feature, evidence: Evidence, as_of: date) -> str:
    """Return someone new while there are seats left, else the person who was seen least recently."""
    last_seen = Ledger(evidence, as_of).last_seen(feature)
    if len(last_seen) < evidence.seats or not last_seen:
        return _SOMEONE_NEW
    return max(last_seen, key=lambda person: (last_seen[person], person))
