"""Versions of the scoring model as drawings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.health.model import Feature, Linear
from portal.health.versions.rules import BINS
from portal.web.charts import Line, sparkline

POINTS: Final = 24
OF_TARGET: Final = 1.5
OF_SCALE: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """How many lie from `low` to `high` percent, and the place of the bar in percent of the drawing."""

    low: int
    high: int
    count: int
    x: float
    y: float
    height: float


def bars(bins: Sequence[int]) -> Sequence[Bar]:
    """Lay out a histogram; the tallest bar fills the height."""
    width, tallest = 100 // BINS, max(*bins, 1)
    return [
        Bar(
            low=place * width,
            high=(place + 1) * width,
            count=count,
            x=place * width,
            y=round(100 - 100 * count / tallest, 1),
            height=round(100 * count / tallest, 1),
        )
        for place, count in enumerate(bins)
    ]


def curve(feature: Feature) -> Line:
    """Draw how the number of a feature becomes 0 to 100 %, a little beyond where it is full."""
    shape = feature.curve
    end = OF_TARGET * shape.target if isinstance(shape, Linear) else OF_SCALE * shape.scale
    return sparkline([feature.value(end * place / POINTS) for place in range(POINTS + 1)])


def said_about(reasons: Mapping[str, str], place: str) -> Sequence[tuple[str, str]]:
    """Return what a model's text says about the values of one of its features."""
    return [
        (path.removeprefix(f"{place}."), words)
        for path, words in reasons.items()
        if path.startswith(f"{place}.")
    ]
