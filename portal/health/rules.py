"""The health score of an account: a pure function of a model, the account's evidence and a day.

The same three give the same number to the last digit, in whatever order and pieces the tallies come: signals
are added up as whole numbers day by day, what a day still weighs is read from a table, sums are exact, shares
are fractions, and what is shown is whole ten-thousandths that add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from typing import Final

from portal.health.measuring import Evidence, Ledger, Tally
from portal.health.model import Band, Component, Model

__all__ = [
    "FULL_E4",
    "ONE_E4",
    "ComponentScore",
    "Evidence",
    "FeatureScore",
    "Score",
    "Tally",
    "apportion",
    "raw_values",
    "score",
]

ONE_E4: Final = 10_000
FULL_E4: Final = 100 * ONE_E4


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


def score(model: Model, evidence: Evidence, as_of: date) -> Score:
    """Compute the score of an account as of the end of a day; later days are ignored."""
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


def raw_values(model: Model, evidence: Evidence, as_of: date) -> Mapping[str, float | None]:
    """Return what each feature measures, by `component.feature`; None without evidence."""
    ledger = Ledger(evidence, as_of)
    return {
        f"{component.name}.{feature.name}": ledger.raw(feature)
        for component in model.components
        for feature in component.features
    }


def apportion(whole: int, exact: Sequence[Fraction]) -> list[int]:
    """Round parts so that they add up to a whole that is their sum, rounded; earlier parts win ties.

    Source: the method of largest remainders (A. Hamilton, 1792).
    """
    parts = [floor(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[: whole - sum(parts)]:
        parts[place] += 1
    return parts


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
