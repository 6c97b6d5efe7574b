"""Choosing the day of a step, over HTTP: first a look at what it pushes, then saving."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.onboarding import policies, queries
from portal.onboarding.dates import service
from portal.onboarding.dates.forms import DayForm
from portal.onboarding.dates.rules import Choice
from portal.onboarding.models import ChecklistStep
from portal.onboarding.routes import home_of
from portal.web.errors import explain

bp = Blueprint("onboarding_dates", __name__, url_prefix="/onboarding")


@bp.get("/steps/<int:step_id>/day")
@login_required
def show_day(step_id: int) -> ResponseReturnValue:
    """Offer a day for a step; with `?day=`, show what that changes, or taking it back if empty."""
    step = _step(step_id)
    if "day" not in request.args:
        return _page(step, DayForm(formdata=None, day=step.due_on))
    form = DayForm(formdata=request.args)
    if not form.validate():
        return _page(step, form), 422
    return _preview(step, form)


def _step(step_id: int) -> ChecklistStep:
    actor = current_actor()
    step = queries.step_to_read_for(db.session(), actor, step_id)
    if not policies.may_choose_day(actor, step):
        raise ForbiddenError("choose a day")
    return step


def _preview(step: ChecklistStep, form: DayForm, status: int = 200) -> ResponseReturnValue:
    day: date | None = form.day.data
    try:
        choice = service.preview(db.session(), actor=current_actor(), step_id=step.id, day=day)
    except InvalidError as error:
        form.day.errors = [explain(error)]
        return _page(step, form), 422
    return _page(step, form, choice), status


def _page(step: ChecklistStep, form: DayForm, choice: Choice | None = None) -> str:
    return render_template(
        "onboarding/day.html", step=step, form=form, choice=choice, home=home_of(step.checklist_id)
    )


@bp.post("/steps/<int:step_id>/day")
@login_required
def update_day(step_id: int) -> ResponseReturnValue:
    """Save a day that was looked at before; if something else would change by now, show that first."""
    form = DayForm()
    if not form.validate():
        return _page(_step(step_id), form), 422
    try:
        with transaction() as session:
            choice = service.choose_day(
                session,
                actor=current_actor(),
                step_id=step_id,
                day=form.day.data,
                agreed=form.agreed.data or "",
                now=utc_now(),
            )
            home = home_of(choice.step.checklist_id)
    except ConflictError as error:
        flash(explain(error), "warning")
        return _preview(_step(step_id), form, 409)
    except InvalidError as error:
        form.day.errors = [explain(error)]
        return _page(_step(step_id), form), 422
    flash(_("The day is saved."), "success")
    return redirect(home, 303)
