"""Why an account is worth a look, as a kind and figures; the words are made where they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.health.explanation import Change
from portal.health.model import Component, Feature, Model
from portal.health.rules import FULL_E4, ONE_E4, Score

WORTH_TELLING_E4: Final = 5 * ONE_E4


class ReasonKind(StrEnum):
    """What stands out about an account."""

    UNKNOWN = "unknown"  # Nothing is known of it.
    FELL = "fell"  # It gives fewer points than before, most of them lost by one component.
    MISSING = "missing"  # One feature keeps it from many points.
    NOTHING = "nothing"  # It does well on every side.


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """What stands out, and how many ten-thousandths of a point it is about.

    `about` is the component that fell, or the feature that is missing; None for the other kinds.
    """

    kind: ReasonKind
    about: Component | Feature | None = None
    points_e4: int = 0


def reason_for(model: Model, score: Score | None, change: Change | None) -> Reason:
    """Choose what to say: a fall of at least 5 points before a weakness of at least 5 points.

    `change` is None when there is no earlier score to compare with.
    """
    if score is None or score.points_e4 is None:
        return Reason(kind=ReasonKind.UNKNOWN)
    if change is not None and change.delta_e4 <= -WORTH_TELLING_E4:
        worst = min(change.parts, key=lambda part: part.delta_e4)
        component = next(side for side in model.components if side.name == worst.name)
        return Reason(kind=ReasonKind.FELL, about=component, points_e4=-worst.delta_e4)
    missing, feature = max(_missing(model, score), key=lambda pair: pair[0])
    if missing < WORTH_TELLING_E4:
        return Reason(kind=ReasonKind.NOTHING)
    return Reason(kind=ReasonKind.MISSING, about=feature, points_e4=missing)


def _missing(model: Model, score: Score) -> Iterator[tuple[int, Feature]]:
    """Yield by how many ten-thousandths of a point each feature with evidence falls short of its best."""
    scored = {part.name: part for part in score.components if part.value_e4 is not None}
    heard = [component for component in model.components if component.name in scored]
    whole = sum(component.weight for component in heard)
    for component in heard:
        reached = {part.name: part.value_e4 for part in scored[component.name].features}
        features = [feature for feature in component.features if reached.get(feature.name) is not None]
        weight = sum(feature.weight for feature in features)
        for feature in features:
            share = component.weight / whole * feature.weight / weight
            yield round(share * FULL_E4 * (1 - (reached[feature.name] or 0) / ONE_E4)), feature
