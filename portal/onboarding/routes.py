"""Onboarding as the customer sees it: the path of the own account."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.onboarding import policies, queries, rules, service, wording
from portal.onboarding.models import ChecklistStep

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
        return redirect(url_for("onboarding_staff.list_checklists"))
    checklists = queries.checklists_for(db.session(), actor)
    return render_template(
        "onboarding/checklists.html",
        paths=[rules.path_of(checklist, today=today()) for checklist in checklists],
        proof_sentence=wording.sentence,
        may_reopen=policies.may_reopen,
    )


@bp.post("/steps/<int:step_id>/completion")
@login_required
def create_completion(step_id: int) -> ResponseReturnValue:
    """Tick a step (or, with `_method=delete`, open it again), then show its path."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            step = service.reopen_step(session, actor=actor, step_id=step_id, now=now)
            flash(_("The step is open again."), "success")
        else:
            step = service.complete_step(session, actor=actor, step_id=step_id, now=now)
            flash(_praise(step), "success")
        checklist_id = step.checklist_id
    if actor.is_staff:
        return redirect(url_for("onboarding_staff.show_checklist", checklist_id=checklist_id), 303)
    return redirect(url_for("onboarding.show_checklists", _anchor=f"checklist-{checklist_id}"), 303)


def _praise(step: ChecklistStep) -> str:
    if step.is_first_value:
        return str(_("You have your first result. Well done!"))
    return str(_("All required steps are done.") if step.checklist.is_complete else _("One step further."))
