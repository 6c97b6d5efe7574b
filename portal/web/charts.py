"""The geometry of charts: figures in, places in percent of the drawing out, so that text keeps its size."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, groupby
from typing import Final, Generic, TypeVar

V = TypeVar("V", float, date)

LEFT: Final = 6.0
RIGHT: Final = 98.0
TOP: Final = 8.0
BOTTOM: Final = 86.0
DAY_STEPS: Final = (1, 2, 7, 14, 28, 56, 91, 182, 364)
MOST_DAY_TICKS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line to draw: its name and a value for each day, None where nothing is known."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A place, in percent from the left and from the top."""

    x: float
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick(Generic[V]):
    """A value on an axis and its place in percent."""

    value: V
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """A level worth a line across the chart; `at` is its place in percent from the top."""

    label: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A day from which on something is different; `at` is its place in percent from the left."""

    label: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A drawn series, numbered from 1; `end` is its last known point, None when it has none."""

    name: str
    number: int
    path: str
    end: Point | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineChart(Generic[V]):
    """All that a chart shows of values over days, of the calendar or counted from a start.

    `title` says the finding, `unit` names the value's unit.
    """

    title: str
    unit: str
    x_ticks: tuple[Tick[V], ...]
    y_ticks: tuple[Tick[float], ...]
    thresholds: tuple[Threshold, ...]
    lines: tuple[Line, ...]
    rows: tuple[tuple[V, tuple[float | None, ...]], ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stairs:
    """A line that falls from 100 % in steps, each a place and the height from there on, until an end."""

    name: str
    steps: Sequence[tuple[float, float]]
    until: float

    def height(self, at: float) -> float | None:
        """Return how high it is at a place; None beyond its end."""
        return None if at > self.until else next((high for x, high in reversed(self.steps) if x <= at), 100.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of a stacked bar, numbered from 1, its place and width in percent."""

    name: str
    number: int
    value: float
    at: float
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Maps values from `low` to `high` onto places from `start` to `end`; an empty span onto the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value, in percent."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def line_chart(
    days: Sequence[date],
    series: Sequence[Series],
    *,
    title: str,
    unit: str,
    low: float = 0.0,
    high: float | None = None,
    thresholds: Iterable[tuple[str, float]] = (),
    marks: Iterable[tuple[str, date]] = (),
) -> LineChart[date]:
    """Lay out series over ascending days; the axis spans `low` to `high`, None for just above all values.

    `marks` name some of the days.
    """
    known = [value for each in series for value in each.values if value is not None]
    ticks = nice_ticks(min([low, *known]), max([low, *known]) if high is None else high)
    scale = Scale(low=ticks[0], high=ticks[-1], start=BOTTOM, end=TOP)
    across = _spread([day.toordinal() for day in days], start=LEFT, end=RIGHT)
    return LineChart(
        title=title,
        unit=unit,
        x_ticks=tuple(Tick(value=days[index], at=across[index]) for index in _day_ticks(len(days))),
        y_ticks=tuple(Tick(value=value, at=scale(value)) for value in ticks),
        thresholds=tuple(
            Threshold(label=label, at=scale(value))
            for label, value in thresholds
            if ticks[0] <= value <= ticks[-1]
        ),
        lines=tuple(_line(each, number, across, scale) for number, each in enumerate(series, start=1)),
        rows=tuple(zip(days, zip(*(each.values for each in series), strict=True), strict=True)),
        marks=tuple(Mark(label=label, at=across[days.index(day)]) for label, day in marks),
    )


def stairs_chart(stairs: Sequence[Stairs], *, title: str, unit: str) -> LineChart[float]:
    """Lay out lines that fall in steps, over a number of days from the same start."""
    days = nice_ticks(0.0, max((each.until for each in stairs), default=0.0))
    x_scale = Scale(low=0.0, high=days[-1], start=LEFT, end=RIGHT)
    y_scale = Scale(low=0.0, high=100.0, start=BOTTOM, end=TOP)
    places = sorted({0.0, *(x for each in stairs for x, _height in each.steps)})
    return LineChart(
        title=title,
        unit=unit,
        x_ticks=tuple(Tick(value=day, at=x_scale(day)) for day in days),
        y_ticks=tuple(Tick(value=height, at=y_scale(height)) for height in nice_ticks(0.0, 100.0)),
        thresholds=(),
        lines=tuple(_descent(each, number, x_scale, y_scale) for number, each in enumerate(stairs, start=1)),
        rows=tuple((at, tuple(each.height(at) for each in stairs)) for at in places),
    )


def share_chart(
    points: Sequence[tuple[float, float]], *, names: tuple[str, str], title: str, unit: str
) -> LineChart[float]:
    """Lay out shares over the shares that were foretold, both 0…1, beside where the two are equal."""
    high = max((max(point) for point in points), default=1.0)
    ticks = nice_ticks(0.0, 100 * high)
    x_scale = Scale(low=0.0, high=ticks[-1], start=LEFT, end=RIGHT)
    y_scale = Scale(low=0.0, high=ticks[-1], start=BOTTOM, end=TOP)
    ends = [0.0, *(100 * foretold for foretold, _seen in points), ticks[-1]]
    seen = [None, *(100 * seen for _foretold, seen in points), None]
    across = [x_scale(value) for value in ends]
    series = (Series(name=names[0], values=seen), Series(name=names[1], values=ends))
    return LineChart(
        title=title,
        unit=unit,
        x_ticks=tuple(Tick(value=value, at=x_scale(value)) for value in ticks),
        y_ticks=tuple(Tick(value=value, at=y_scale(value)) for value in ticks),
        thresholds=(),
        lines=tuple(_line(each, number, across, y_scale) for number, each in enumerate(series, start=1)),
        rows=tuple(
            (round(x, 1), (round(y, 1), round(x, 1)))
            for x, y in zip(ends, seen, strict=True)
            if y is not None
        ),
    )


def sparkline(values: Sequence[float | None]) -> Line:
    """Lay out a trend without axes; a flat one runs through the middle."""
    known = [value for value in values if value is not None]
    across = _spread(range(len(values)), start=2, end=96)
    scale = Scale(low=min(known, default=0.0), high=max(known, default=0.0), start=88, end=12)
    return _line(Series(name="", values=values), 1, across, scale)


def stacked_bar(parts: Iterable[tuple[str, float]], *, total: float = 100.0) -> tuple[Part, ...]:
    """Lay out named values from left to right on a bar that is `total` long."""
    named = list(parts)
    starts = accumulate((value for _, value in named), initial=0.0)
    return tuple(
        Part(name=name, number=number, value=value, at=_percent(start / total), width=_percent(value / total))
        for number, ((name, value), start) in enumerate(zip(named, starts, strict=False), start=1)
    )


def nice_ticks(low: float, high: float, *, steps: int = 4) -> tuple[float, ...]:
    """Return round values that cover `low` to `high` in about `steps` equal steps.

    Source: P. Heckbert, "Nice numbers for graph labels", Graphics Gems (1990).
    """
    span = high - low or abs(high) or 1.0
    magnitude = 10.0 ** math.floor(math.log10(span / steps))
    step = next(size * magnitude for size in (1, 2, 2.5, 5, 10) if span / (size * magnitude) <= steps)
    first, last = math.floor(low / step), math.ceil((low + span) / step)
    return tuple(round(index * step, 10) for index in range(first, last + 1))


def _spread(values: Sequence[float], *, start: float, end: float) -> list[float]:
    scale = Scale(low=min(values, default=0), high=max(values, default=0), start=start, end=end)
    return [scale(value) for value in values]


def _line(series: Series, number: int, across: Sequence[float], scale: Scale) -> Line:
    places = [
        None if value is None else Point(x=x, y=scale(value))
        for x, value in zip(across, series.values, strict=True)
    ]
    known = [point for point in places if point]
    runs = (run for is_known, run in groupby(places, key=bool) if is_known)
    paths = ("L".join(f"{point.x:g} {point.y:g}" for point in run if point) for run in runs)
    path = "".join(f"M{points}h0" for points in paths)  # The step of no length makes a lone point a dot.
    return Line(name=series.name, number=number, path=path, end=known[-1] if known else None)


def _descent(stairs: Stairs, number: int, across: Scale, up: Scale) -> Line:
    falls = "".join(f"H{across(x):g}V{up(height):g}" for x, height in stairs.steps)
    lowest = stairs.steps[-1][1] if stairs.steps else 100.0
    end = Point(x=across(stairs.until), y=up(lowest))
    path = f"M{across(0.0):g} {up(100.0):g}{falls}H{end.x:g}"
    return Line(name=stairs.name, number=number, path=path, end=end)


def _day_ticks(count: int) -> range:
    """Return which days the axis names: at most five, whole weeks apart where there are many."""
    fits = (step for step in DAY_STEPS if (count - 1) // step < MOST_DAY_TICKS)
    return range(0, count, next(fits, count))


def _percent(share: float) -> float:
    return round(100 * share, 2)
