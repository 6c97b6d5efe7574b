"""Onboarding as staff see it: how every account's checklist stands."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import PLANS, TIERS
from portal.accounts.models import TouchTier
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.core.paging import DayCursor
from portal.onboarding.goals.queries import attainment
from portal.onboarding.models import SuccessMap
from portal.onboarding.overview import figures, queries, rules, wording
from portal.onboarding.overview.rules import StepCount, worst_of
from portal.onboarding.overview.wanted import Wanted
from portal.onboarding.routes import today
from portal.onboarding.rules import Standing
from portal.web.numbers import row_number

bp = Blueprint("onboarding_overview", __name__, url_prefix="/staff/onboarding")
bp.before_request(require_staff)

KEPT: Final = ("map", "tier", "plan", "manager", "q")


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        map=asked.get("map", ""),
        tier=asked.get("tier", type=TouchTier),
        plan=asked.get("plan", ""),
        manager_id=asked.get("manager", type=row_number),
        words=asked.get("q", "").strip(),
    )


def _choices() -> dict[str, object]:
    """Return what can be chosen, and what is."""
    return {
        "plans": PLANS,
        "tiers": TIERS,
        "kept": {name: request.args[name] for name in KEPT if request.args.get(name)},
    }


@bp.get("/")
def list_checklists() -> ResponseReturnValue:
    """Show how the checklists of accounts that pay stand, those that need someone first."""
    session, actor, wanted, day = db.session(), current_actor(), _wanted(), today()
    standing = request.args.get("standing", type=Standing)
    after = DayCursor.decode(request.args.get("after", ""))
    return render_template(
        "onboarding/all_checklists.html",
        page=queries.checklists_for(session, actor, wanted, today=day, standing=standing, after=after),
        counts=queries.standing_counts_for(session, actor, wanted, today=day),
        attainment=attainment(session, actor, wanted.seen_by(actor), today=day),
        worst=worst_of(figures.step_counts_for(session, actor, wanted, today=day)),
        standing=standing,
        is_first=after is None,
        maps=queries.maps_for(session, actor),
        managers=[(user.id, user.name) for user in accounts.staff_for(session, actor)],
        **_choices(),
    )


@bp.get("/funnel")
def show_funnel() -> ResponseReturnValue:
    """Show how far those get who follow a map: the one with the worst step if none is asked for."""
    session, actor, day = db.session(), current_actor(), today()
    wanted, maps = _wanted(), queries.maps_for(session, actor)
    everything = figures.step_counts_for(session, actor, replace(wanted, map=""), today=day)
    chosen = _chosen(maps, wanted.map, worst_of(everything))
    counts = [count for count in everything if chosen and count.map == chosen.slug]
    runs = figures.runs_for(session, actor, replace(wanted, map=chosen.slug), today=day) if chosen else []
    return render_template(
        "onboarding/funnel.html",
        chosen=chosen,
        maps=maps,
        steps=rules.funnel(counts, runs),
        worst=worst_of(counts),
        completion=rules.completion_rate(runs, today=day),
        first_value=rules.time_to_first_value(runs),
        wording=wording,
        **_choices(),
    )


def _chosen(maps: Sequence[SuccessMap], slug: str, worst: StepCount | None) -> SuccessMap | None:
    """Return the map of a slug; without one that of the worst step, or else the first; None without maps.

    Raises:
        NotFoundError: no map has this slug.
    """
    wanted = slug or (worst.map if worst else "")
    found = next((each for each in maps if each.slug == wanted), None)
    if slug and found is None:
        raise NotFoundError("success map")
    return found or next(iter(maps), None)
