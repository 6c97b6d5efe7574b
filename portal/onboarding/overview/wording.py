"""Figures of onboarding in words and bars, in the reader's language."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.onboarding.overview.rules import StepCount, TimeTaken
from portal.web.charts import LineChart, Part, Stairs, stacked_bar, stairs_chart

_COLOURS: Final = (3, 1, 2, 4)
"""Which part of a bar looks how: leaf for what is done, amber for what is stuck."""


def median_text(time: TimeTaken) -> str | None:
    """Write the median days and how sure they are; None when there is nobody to look at."""
    if not time.ended.denominator:
        return None
    median = time.median
    if median.value is None:
        return str(_("Not reached yet"))
    value, low = format_decimal(median.value), format_decimal(median.low)
    if median.high is None:
        return str(_("%(days)s (%(low)s or more)", days=value, low=low))
    return f"{value} ({low} – {format_decimal(median.high)})"


def step_bar(count: StepCount, *, longest: int) -> tuple[Part, ...]:
    """Lay out how the checklists stand at a step, on a bar for as many as have the most frequent one."""
    parts = stacked_bar(
        [
            (_("Finished"), count.finished),
            (_("Not yet due"), count.started - count.finished - count.overdue),
            (_("Overdue"), count.overdue - count.stuck),
            (_("Stuck"), count.stuck),
        ],
        total=longest,
    )
    return tuple(replace(part, number=number) for part, number in zip(parts, _COLOURS, strict=True))


def waiting_chart(named: Iterable[tuple[str, TimeTaken]]) -> LineChart[float]:
    """Draw which share still waits for so many days after a step could be done, for each of some groups."""
    return stairs_chart(
        [
            Stairs(
                name=name,
                steps=[(step.time, round(100 * step.survival, 1)) for step in time.curve.steps],
                until=time.seen_days,
            )
            for name, time in named
        ],
        title=_("Who still waits, by days since the step could be done"),
        unit=_("percent of the checklists of a tier, as long as anyone of it was seen"),
    )
