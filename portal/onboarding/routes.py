"""Onboarding as the customer sees it: the path of the own account."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.onboarding import policies, queries, rules, service, wording
from portal.onboarding.evidence.proofs import proofs_for
from portal.onboarding.goals.display import goals_beside
from portal.onboarding.history.queries import newest_acts_of
from portal.onboarding.history.wording import sentence as act_sentence
from portal.onboarding.instruments import instruments_for
from portal.onboarding.models import ChecklistStep
from portal.onboarding.paths import path_of_checklist
from portal.onboarding.peers.queries import peer_counts
from portal.onboarding.people.queries import assignees_of
from portal.onboarding.rules import Path
from portal.onboarding.sharing import queries as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.onboarding.talk.queries import comment_counts

bp = Blueprint("onboarding", __name__, url_prefix="/onboarding")


def today() -> date:
    """Return the site's day."""
    return site_day(utc_now())


@bp.get("/")
@login_required
def show_checklists() -> ResponseReturnValue:
    """Show the own account's checklists, each as a path; staff have theirs elsewhere."""
    actor = current_actor()
    if actor.is_staff:
        return redirect(url_for("onboarding_overview.list_checklists"))
    checklists = sorted(queries.checklists_for(db.session(), actor), key=lambda each: each.is_complete)
    paths = [rules.path_of(checklist, today=today()) for checklist in checklists]
    return render_template("onboarding/checklists.html", paths=paths, **beside(paths))


def beside(paths: Sequence[Path]) -> dict[str, object]:
    """Return what pages show beside the paths of checklists that were read for the reader."""
    session, actor = db.session(), current_actor()
    checklists = [path.checklist for path in paths]
    steps = [step for checklist in checklists for step in checklist.steps]
    assignees = assignees_of(session, steps)
    own_ids = {step_id for step_id, some in assignees.items() if actor.user_id in {one.id for one in some}}
    upcoming = [stop.step for path in paths for stop in (path.next, path.next_of(own_ids)) if stop]
    return {
        **about(steps),
        **goals_beside(session, checklists, today=today()),
        "acts": newest_acts_of(session, checklists),
        "assignees": assignees,
        "comment_counts": comment_counts(session, steps),
        "own_ids": own_ids,
        "links": sharing.links_for(session, actor, checklists, now=utc_now()),
        "token_of": token_of,
        "peer_counts": peer_counts(session, upcoming, now=utc_now()),
    }


def about(steps: Sequence[ChecklistStep]) -> dict[str, object]:
    """Return what every page says of steps that were read for the reader, and the words for it."""
    session, actor = db.session(), current_actor()
    named_for, language = current_app.extensions["named_for"], str(get_locale())
    return {
        "act_sentence": act_sentence,
        "instruments": instruments_for(
            session,
            actor,
            steps,
            named_for=named_for,
            places=current_app.extensions["places"],
            language=language,
        ),
        "policies": policies,
        "proofs": proofs_for(session, actor, steps, named_for, language=language),
        "proof_sentence": wording.sentence,
        "reopening_sentence": wording.reopening,
        "wording": wording,
    }


def home_of(checklist_id: int) -> str:
    """Return where the reader sees a checklist."""
    return path_of_checklist(checklist_id, current_actor())


@bp.post("/steps/<int:step_id>/completion")
@login_required
def create_completion(step_id: int) -> ResponseReturnValue:
    """Tick a step (or, with `_method=delete`, open it again), then show its path."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            reason = request.form.get("reason", "")
            step = service.reopen_step(session, actor=actor, step_id=step_id, now=now, reason=reason)
            flash(_("The step is open again."), "success")
        else:
            step = service.complete_step(session, actor=actor, step_id=step_id, now=now)
            flash(praise(step), "success")
        home = home_of(step.checklist_id)
    return redirect(home, 303)


def praise(step: ChecklistStep) -> str:
    """Say what doing a step has brought."""
    if step.is_first_value:
        return str(_("You have your first result. Well done!"))
    return str(_("All required steps are done.") if step.checklist.is_complete else _("One step further."))
