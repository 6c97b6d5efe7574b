"""The health score of an account: a pure function of a model, the account's evidence and an instant.

The same three give the same number to the last digit, in whatever order and however often the facts come:
sums are exact, shares are fractions, and what is shown is whole ten-thousandths that add up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor, fsum, inf
from typing import Final

from portal.adoption.kinds import PRODUCT
from portal.health.model import ANY_PRODUCT, STEP_COUNTS, Band, Component, Feature, Measure, Model

ONE_E4: Final = 10_000
FULL_E4: Final = 100 * ONE_E4
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One row of the ledger. `user_id` is None when no known person is behind it."""

    id: int
    kind: str
    occurred_at: datetime
    user_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is known of an account: facts in any order, and its required checklist steps as of the instant."""

    seats: int
    facts: tuple[Fact, ...]
    steps_required: int = 0
    steps_completed: int = 0
    steps_due: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureScore:
    """What a feature gave: the raw number, that number as 0…1, and its part of the points.

    The first two are None, and the part is 0, when there is no evidence.
    """

    name: str
    raw: float | None
    value_e4: int | None
    contribution_e4: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentScore:
    """What a component gave, 0…1 (None without evidence), and its part of the points: its features' parts."""

    name: str
    weight: float
    value_e4: int | None
    contribution_e4: int
    features: tuple[FeatureScore, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A health score in ten-thousandths of a point, 0 … 1,000,000: the sum of its components' contributions.

    Points and band are None when no component has evidence. `coverage_e4` is the weight of the components
    that have, in ten-thousandths of the whole: missing evidence lowers it, and is never counted as a zero.
    """

    points_e4: int | None
    band: Band | None
    coverage_e4: int
    components: tuple[ComponentScore, ...]


def score(model: Model, evidence: Evidence, as_of: datetime) -> Score:
    """Compute the score of an account as of an instant; facts after it are ignored."""
    ledger = Ledger(evidence, as_of)
    sides = [_Side(component, ledger) for component in model.components]
    heard = sum((side.weight for side in sides), Fraction())
    exact = [side.weight * side.value / heard * FULL_E4 if heard else Fraction() for side in sides]
    points = round(sum(exact)) if heard else None
    parts = apportion(points or 0, exact)
    whole = sum((Fraction(component.weight) for component in model.components), Fraction())
    return Score(
        points_e4=points,
        band=None if points is None else model.band(points / ONE_E4),
        coverage_e4=round(heard / whole * ONE_E4),
        components=tuple(side.score(part, of) for side, part, of in zip(sides, parts, exact, strict=True)),
    )


def apportion(whole: int, exact: Sequence[Fraction]) -> list[int]:
    """Round parts so that they add up to a whole that is their sum, rounded; earlier parts win ties.

    Source: the method of largest remainders (A. Hamilton, 1792).
    """
    parts = [floor(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[: whole - sum(parts)]:
        parts[place] += 1
    return parts


class Ledger:
    """An account's evidence as of an instant: what came later is not in it, what came twice is in it once."""

    def __init__(self, evidence: Evidence, as_of: datetime) -> None:
        self._evidence = evidence
        self._as_of = as_of
        self._facts: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in {fact.id: fact for fact in evidence.facts if fact.occurred_at <= as_of}.values():
            self._facts[fact.kind].append(fact)

    def facts(self, kinds: Sequence[str], *, window_days: float | None = None) -> list[Fact]:
        """Return the facts of some kinds that are less than so many days old."""
        any_product = ANY_PRODUCT in kinds
        return [
            fact
            for kind, facts in self._facts.items()
            if kind in kinds or (any_product and kind.startswith(PRODUCT))
            for fact in facts
            if self._age_days(fact) < (window_days or inf)
        ]

    def raw(self, feature: Feature) -> float | None:
        """Return the number that a feature takes from the facts; None when they are too few."""
        match feature.measure:
            case Measure.COUNT:
                return self._count(feature)
            case Measure.DISTINCT_PEOPLE:
                return self._people(feature)
            case Measure.RECENCY_DAYS:
                return self._recency(feature)
            case Measure.SHARE:
                return self._share(feature)

    def _count(self, feature: Feature) -> float | None:
        if len(self.facts(feature.kinds)) < feature.min_evidence:
            return None
        return self._per_seat(feature, fsum(self._weights(feature, feature.kinds)))

    def _people(self, feature: Feature) -> float | None:
        """Add up the people: one who was last seen a half-life ago is half a person."""
        facts = [fact for fact in self.facts(feature.kinds) if fact.user_id is not None]
        if len(facts) < feature.min_evidence:
            return None
        oldest_first = sorted(facts, key=lambda fact: fact.occurred_at)
        last_seen = {fact.user_id: self._age_days(fact) for fact in oldest_first}
        recent = [age for age in last_seen.values() if age < (feature.window_days or inf)]
        return self._per_seat(feature, fsum(_decay(feature, age) for age in recent))

    def _recency(self, feature: Feature) -> float | None:
        ages = [self._age_days(fact) for fact in self.facts(feature.kinds)]
        return min(ages) if len(ages) >= feature.min_evidence else None

    def _share(self, feature: Feature) -> float | None:
        weights = self._weights(feature, feature.of)
        if len(weights) < feature.min_evidence or not (whole := fsum(weights)):
            return None
        return min(fsum(self._weights(feature, feature.kinds)) / whole, 1.0)

    def _weights(self, feature: Feature, kinds: Sequence[str]) -> list[float]:
        """Return what each recent fact, and each step counted, still weighs."""
        steps = sum(getattr(self._evidence, kind) for kind in kinds if kind in STEP_COUNTS)
        facts = self.facts(kinds, window_days=feature.window_days)
        return [_decay(feature, self._age_days(fact)) for fact in facts] + [1.0] * steps

    def _per_seat(self, feature: Feature, amount: float) -> float:
        return amount / max(self._evidence.seats, 1) if feature.per_seat else amount

    def _age_days(self, fact: Fact) -> float:
        return (self._as_of - fact.occurred_at) / _DAY


def _decay(feature: Feature, age_days: float) -> float:
    return 0.5 ** (age_days / feature.half_life_days) if feature.half_life_days else 1.0


class _Side:
    """A component with what its features gave; weighs nothing without evidence."""

    def __init__(self, component: Component, ledger: Ledger) -> None:
        self._component = component
        self._raws = [ledger.raw(feature) for feature in component.features]
        pairs = list(zip(component.features, self._raws, strict=True))
        heard = sum((Fraction(feature.weight) for feature, raw in pairs if raw is not None), Fraction())
        self._parts = [
            Fraction() if raw is None else Fraction(feature.weight) / heard * Fraction(feature.value(raw))
            for feature, raw in pairs
        ]
        self.value = sum(self._parts, Fraction())
        self.weight = Fraction(component.weight) if heard else Fraction()

    def score(self, contribution: int, exact: Fraction) -> ComponentScore:
        """Describe the component, given its part of the points, rounded and exact."""
        parts = [exact * part / self.value if self.value else Fraction() for part in self._parts]
        features = zip(self._component.features, self._raws, apportion(contribution, parts), strict=True)
        return ComponentScore(
            name=self._component.name,
            weight=self._component.weight,
            value_e4=round(self.value * ONE_E4) if self.weight else None,
            contribution_e4=contribution,
            features=tuple(
                FeatureScore(
                    name=feature.name,
                    raw=raw,
                    value_e4=None if raw is None else round(Fraction(feature.value(raw)) * ONE_E4),
                    contribution_e4=part,
                )
                for feature, raw, part in features
            ),
        )
