"""The values that people entered for a goal, as drawings."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _

from portal.onboarding.goals.models import Goal
from portal.web.charts import Line, LineChart, Series, line_chart, sparkline

SEVERAL: Final = 2


def trend_line(goal: Goal) -> Line | None:
    """Draw how the value went, in the width of a word; None while there is but one day's."""
    values = _by_day(goal)
    return sparkline(list(values.values())) if len(values) >= SEVERAL else None


def history_chart(goal: Goal) -> LineChart[date] | None:
    """Draw how the value went from the baseline to the target; None while there is but one day's."""
    values = _by_day(goal)
    if len(values) < SEVERAL:
        return None
    levels = {_("Target"): goal.target, _("Baseline"): goal.baseline}
    known = {name: level for name, level in levels.items() if level is not None}
    return line_chart(
        list(values),
        [Series(name=goal.measure, values=list(values.values()))],
        title=_finding(values),
        unit=goal.measure,
        low=min(0.0, *known.values()),
        high=max(0.0, *known.values(), *values.values()),
        thresholds=known.items(),
    )


def _finding(values: Mapping[date, float]) -> str:
    (day, first), *_others, (_last_day, last) = values.items()
    words = {"first": format_decimal(first), "last": format_decimal(last), "day": format_date(day, "medium")}
    return str(_("From %(first)s to %(last)s since %(day)s", **words))


def _by_day(goal: Goal) -> Mapping[date, float]:
    """Return the value that holds of each day, if people enter them."""
    return {} if goal.is_counted else {each.day: each.value for each in goal.values}
