"""Scores as drawings."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from flask_babel import format_date
from flask_babel import gettext as _

from portal.adoption.wording import label_of
from portal.health.display import Row, tenths
from portal.health.model import Model
from portal.health.portrait.queries import ScoreDay
from portal.health.wording import tenths_text
from portal.web.charts import Line, LineChart, Part, Series, line_chart, sparkline, stacked_bar

History = Sequence[tuple[date, int | None]]


def history_chart(days: Sequence[ScoreDay], *, model: Model) -> LineChart[date]:
    """Draw a score over its days, with the bands' limits of a model and where another began to make it.

    The title says where it went under the last model: scores of different ones do not compare.
    """
    history = [(each.day, each.points_e4) for each in days]
    changes = [after for before, after in pairwise(days) if before.model != after.model]
    return line_chart(
        [day for day, _points in history],
        [Series(name=_("Score"), values=[_shown(points_e4) for _day, points_e4 in history])],
        title=_finding([(each.day, each.points_e4) for each in days if each.model == days[-1].model]),
        unit=_("points of 100"),
        high=100,
        thresholds=((_("Watch"), model.watch_from), (_("Healthy"), model.healthy_from)),
        marks=[(_model_text(each), each.day) for each in changes],
    )


def _model_text(first: ScoreDay) -> str:
    day = format_date(first.day, "medium")
    return str(_("Dashed line: from %(day)s on model %(model)s makes the score.", day=day, model=first.model))


def trend_line(history: History) -> Line:
    """Draw a score over its days in the width of a word."""
    return sparkline([_shown(points_e4) for _day, points_e4 in history])


def _shown(points_e4: int | None) -> float | None:
    return None if points_e4 is None else tenths(points_e4) / 10


def _finding(history: History) -> str:
    known = [(day, tenths(points_e4)) for day, points_e4 in history if points_e4 is not None]
    if not known:
        return str(_("No score yet"))
    (first_day, first), (_last_day, last) = known[0], known[-1]
    words = {
        "day": format_date(first_day, "medium"),
        "now": tenths_text(last),
        "points": tenths_text(abs(last - first)),
    }
    if last > first:
        return str(_("Up by %(points)s points since %(day)s, to %(now)s", **words))
    if last < first:
        return str(_("Down by %(points)s points since %(day)s, to %(now)s", **words))
    return str(_("At %(now)s, as on %(day)s", **words))


def contribution_bar(rows: Sequence[Row], language: str) -> tuple[Part, ...]:
    """Draw what adds up to a score, component by component."""
    return stacked_bar((label_of(row.thing, language), row.tenths / 10) for row in rows)
