"""Why a score is what it is: what it rests on, what changed since, and what would raise it most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.health.model import Component, Feature, Measure, Model
from portal.health.rules import ComponentScore, Evidence, Fact, FeatureScore, Ledger, Score, score


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
    """The feature of which one more would raise the score most: one more fact of a kind, or one more step."""

    component: Component
    feature: Feature
    gain_e4: int


def facts_behind(feature: Feature, evidence: Evidence, as_of: datetime) -> list[Fact]:
    """Return the facts that a feature's number rests on as of an instant, the oldest first."""
    facts = Ledger(evidence, as_of).facts(feature.kinds + feature.of, window_days=feature.window_days)
    ordered = sorted(facts, key=lambda fact: (fact.occurred_at, fact.id))
    return ordered[-1:] if feature.measure is Measure.RECENCY_DAYS else ordered


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


def next_step(model: Model, evidence: Evidence, as_of: datetime) -> NextStep | None:
    """Find what would raise the score most if it happened once more now; None when nothing would."""
    today = _points(model, evidence, as_of)
    steps = [
        NextStep(
            component=component,
            feature=feature,
            gain_e4=_points(model, _one_more(feature, evidence, as_of), as_of) - today,
        )
        for component in model.components
        for feature in component.features
    ]
    best = max(steps, key=lambda step: step.gain_e4)
    return best if best.gain_e4 > 0 else None


def _points(model: Model, evidence: Evidence, as_of: datetime) -> int:
    return score(model, evidence, as_of).points_e4 or 0


def _one_more(feature: Feature, evidence: Evidence, as_of: datetime) -> Evidence:
    """Suppose one more required step, or one more fact of the typical kind by whom it is missed most."""
    if feature.kinds[0] == "steps_completed":
        done = min(evidence.steps_completed + 1, evidence.steps_required)
        return replace(evidence, steps_completed=done)
    person = _longest_away(feature, evidence, as_of) if feature.measure is Measure.DISTINCT_PEOPLE else None
    number = max((fact.id for fact in evidence.facts), default=0) + 1
    fact = Fact(id=number, kind=feature.kinds[0], occurred_at=as_of, user_id=person)
    return replace(evidence, facts=(*evidence.facts, fact))


def _longest_away(feature: Feature, evidence: Evidence, as_of: datetime) -> int:
    """Return someone new while there are seats left, else the person who was seen least recently."""
    facts = sorted(Ledger(evidence, as_of).facts(feature.kinds), key=lambda fact: fact.occurred_at)
    last_seen = {fact.user_id: fact.occurred_at for fact in facts if fact.user_id is not None}
    if len(last_seen) < evidence.seats or not last_seen:
        return max(last_seen, default=0) + 1
    return min(last_seen, key=lambda person: (last_seen[person], person))
