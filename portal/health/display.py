"""Scores in tenths of a point, as pages show them: whatever stands in a table adds up to its total."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portal.health.explained import Explanation
from portal.health.explanation import Change, NextStep, first_day
from portal.health.model import STEP_COUNTS, Component, Feature
from portal.health.rules import TENTH_E4, ComponentScore, FeatureScore, apportion


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A component or feature in the table that explains a score; its parts add up to it.

    `raw` and `value_e4` are None without evidence; a component has no raw number. `delta` is the change of
    `tenths` since the earlier day, None without a score then; `points_e4` is what `tenths` was rounded from.
    """

    thing: Component | Feature
    raw: float | None
    value_e4: int | None
    points_e4: int
    tenths: int
    delta: int | None
    parts: tuple["Row", ...] = ()


def tenths(points_e4: int) -> int:
    """Return whole tenths of a point, cut and not rounded: what is shown lies in the band that is shown."""
    return points_e4 // TENTH_E4


def signal_kinds(feature: Feature) -> list[str]:
    """Return the kinds of signals that a feature rests on; none for one that counts checklist steps only."""
    return [kind for kind in dict.fromkeys(feature.kinds + feature.of) if kind not in STEP_COUNTS]


def signal_filter(feature: Feature, day: date) -> dict[str, object]:
    """Return how the list of signals is asked for those that a feature looks at as of a day."""
    first = first_day(feature, day)
    return {"kind": signal_kinds(feature), "since": first and first.isoformat(), "until": day.isoformat()}


def shown_steps(explanation: Explanation) -> Sequence[NextStep]:
    """Return the next steps that would change the score as it is shown, the best first."""
    return [step for step in explanation.steps if step.gain_e4 >= TENTH_E4]


def explanation_rows(explanation: Explanation) -> tuple[Row, ...]:
    """Lay out what a score is made of and what has changed."""
    change = explanation.change
    return _rows(
        explanation.model.components,
        explanation.score.components,
        change,
        whole=tenths(explanation.score.points_e4 or 0),
        delta=total_delta(change) if change else None,
    )


def total_delta(change: Change) -> int:
    """Return by how many tenths the shown score has changed."""
    return tenths(change.after_e4) - tenths(change.before_e4)


def _rows(
    things: Sequence[Component | Feature],
    scores: Sequence[ComponentScore | FeatureScore],
    change: Change | None,
    *,
    whole: int,
    delta: int | None,
) -> tuple[Row, ...]:
    """Share a total, and its change, out among the parts of one thing."""
    changes: Sequence[Change | None] = change.parts if change else [None] * len(things)
    shown = _share_out(whole, [score.contribution_e4 for score in scores])
    moved: Sequence[int | None] = [None] * len(things)
    if change is not None and delta is not None:
        moved = _share_out(delta, [part.delta_e4 for part in change.parts])
    lines = zip(things, scores, changes, shown, moved, strict=True)
    return tuple(_row(thing, score, part, whole=own, delta=step) for thing, score, part, own, step in lines)


def _row(
    thing: Component | Feature,
    score: ComponentScore | FeatureScore,
    change: Change | None,
    *,
    whole: int,
    delta: int | None,
) -> Row:
    parts: tuple[Row, ...] = ()
    if isinstance(thing, Component) and isinstance(score, ComponentScore):
        parts = _rows(thing.features, score.features, change, whole=whole, delta=delta)
    return Row(
        thing=thing,
        raw=score.raw if isinstance(score, FeatureScore) else None,
        value_e4=score.value_e4,
        points_e4=score.contribution_e4,
        tenths=whole,
        delta=delta,
        parts=parts,
    )


def _share_out(whole: int, parts_e4: Iterable[int]) -> list[int]:
    return apportion(whole, [Fraction(part, TENTH_E4) for part in parts_e4])
