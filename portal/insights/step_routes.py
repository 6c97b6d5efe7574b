"""A step of a success map as staff see it: how long it takes, who is stuck, and what they looked for."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import PLANS, TIERS
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.insights.stuck import searches_since_for, step_articles_for
from portal.onboarding.models import ChecklistStep
from portal.onboarding.overview import figures, queries, wording
from portal.onboarding.overview.rules import Run, TimeTaken, step_times, worst_of
from portal.onboarding.overview.wanted import Wanted
from portal.onboarding.rules import days_late

bp = Blueprint("insights_steps", __name__, url_prefix="/staff/onboarding/funnel")
bp.before_request(require_staff)

SEARCHES_SHOWN: Final = 50


@bp.get("/<slug>/<key>")
def show_step(slug: str, key: str) -> ResponseReturnValue:
    """Show how long a step takes, who is stuck there, what it offers and what they looked for."""
    session, actor, now = db.session(), current_actor(), utc_now()
    success_map, wanted, today = queries.map_named(session, actor, slug), Wanted(map=slug), site_day(now)
    counts = figures.step_counts_for(session, actor, wanted, today=today)
    count = next((each for each in counts if each.step.key == key), None)
    if count is None:
        raise NotFoundError("step")
    runs = [run for run in figures.runs_for(session, actor, wanted, today=today) if key in run.steps]
    tiers = _times(runs, key, TIERS, attrgetter("tier"))
    plans = _times(runs, key, PLANS, attrgetter("plan"))
    stuck = figures.stuck_at_for(session, actor, wanted, key, today=today)
    ready = {run.id: run.ready_on(key) for run in runs}
    return render_template(
        "insights/step.html",
        success_map=success_map,
        count=count,
        is_worst=count == worst_of(counts),
        groups=[(_("All"), *step_times(runs, key)), *tiers, *plans],
        chart=wording.waiting_chart((name, from_ready) for name, _from_start, from_ready in tiers),
        stuck=[(step, days_late(step, today=today), ready[step.checklist_id]) for step in stuck],
        articles=step_articles_for(session, actor, [count.step, *stuck]),
        searches=searches_since_for(session, actor, _first_days(stuck, ready), now=now)[:SEARCHES_SHOWN],
        wording=wording,
    )


def _times(
    runs: Iterable[Run], key: str, names: Mapping[Any, object], of: Callable[[Run], object]
) -> list[tuple[str, TimeTaken, TimeTaken]]:
    """Return what a step takes in those groups of checklists that there are, each by name."""
    groups = [(str(name), [run for run in runs if of(run) == value]) for value, name in names.items()]
    return [(name, *step_times(own, key)) for name, own in groups if own]


def _first_days(stuck: Iterable[ChecklistStep], ready: Mapping[int, date | None]) -> dict[int, date]:
    """Return from when on accounts could do a step; those that could not yet are left out."""
    first: dict[int, date] = {}
    for step in stuck:
        if day := ready[step.checklist_id]:
            account_id = step.checklist.account_id
            first[account_id] = min(day, first.get(account_id, day))
    return first
