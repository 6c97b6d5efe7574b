"""Goals over HTTP: setting, changing and removing them, and entering their values."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, InvalidError
from portal.onboarding.goals import charts, policies, queries, service, wording
from portal.onboarding.goals.display import shown
from portal.onboarding.goals.forms import GoalForm, ValueForm
from portal.onboarding.goals.models import Goal
from portal.onboarding.models import Checklist
from portal.onboarding.queries import checklist_for
from portal.onboarding.routes import home_of, today
from portal.web.errors import explain

bp = Blueprint("onboarding_goals", __name__, url_prefix="/onboarding")


@bp.get("/checklists/<int:checklist_id>/goals/new")
@login_required
def new_goal(checklist_id: int) -> ResponseReturnValue:
    """Offer the form for a new goal of a checklist."""
    checklist = _checklist(checklist_id)
    return _form_page(checklist, GoalForm(formdata=None, due_on=max(checklist.ends_on, today())))


def _checklist(checklist_id: int) -> Checklist:
    checklist = checklist_for(db.session(), current_actor(), checklist_id)
    _require_right(checklist)
    return checklist


def _require_right(checklist: Checklist) -> None:
    if not policies.may_set_goals(current_actor(), checklist):
        raise ForbiddenError("set goals")


def _form_page(
    checklist: Checklist, form: GoalForm, goal: Goal | None = None, *, is_stale: bool = False
) -> str:
    _offer_kinds(form, checklist, goal)
    return render_template(
        "onboarding/goal_form.html",
        checklist=checklist,
        goal=goal,
        form=form,
        saved=goal if is_stale else None,
        goal_words=wording,
        home=home_of(checklist.id),
    )


def _offer_kinds(form: GoalForm, checklist: Checklist, goal: Goal | None) -> None:
    """Offer the kinds that have words, of the product those of the plan's proofs, and the goal's own."""
    proofs = [step.proof["kind"] for step in checklist.steps if step.proof]
    kinds = filter(wording.has_words, proofs)
    form.offer_kinds([*kinds, *([goal.kind] if goal and goal.kind else [])])


@bp.post("/checklists/<int:checklist_id>/goals")
@login_required
def create_goal(checklist_id: int) -> ResponseReturnValue:
    """Set a goal, then show it; what was typed stays on the page if it cannot be used."""
    form, checklist = GoalForm(), _checklist(checklist_id)
    _offer_kinds(form, checklist, None)
    if form.accept():
        try:
            with transaction() as session:
                goal = service.set_goal(
                    session,
                    actor=current_actor(),
                    checklist_id=checklist_id,
                    draft=form.draft(),
                    now=utc_now(),
                )
                url = _url_of(goal.id)
            flash(_("The goal is set."), "success")
            return redirect(url, 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _form_page(_checklist(checklist_id), form), 422


def _url_of(goal_id: int) -> str:
    return url_for("onboarding_goals.show_goal", goal_id=goal_id)


@bp.get("/goals/<int:goal_id>")
@login_required
def show_goal(goal_id: int) -> ResponseReturnValue:
    """Show a goal with its values."""
    return _goal_page(goal_id, ValueForm(formdata=None, day=today()))


def _goal(goal_id: int) -> Goal:
    return queries.goal_for(db.session(), current_actor(), goal_id)


def _goal_page(goal_id: int, form: ValueForm) -> str:
    goal = _goal(goal_id)
    return render_template(
        "onboarding/goal.html",
        shown=shown(goal, today=today()),
        chart=charts.history_chart(goal),
        form=form,
        may_set=policies.may_set_goals(current_actor(), goal.checklist),
        goal_words=wording,
        home=home_of(goal.checklist_id),
    )


@bp.get("/goals/<int:goal_id>/edit")
@login_required
def edit_goal(goal_id: int) -> ResponseReturnValue:
    """Offer a goal to be changed."""
    goal = _goal(goal_id)
    _require_right(goal.checklist)
    return _form_page(goal.checklist, GoalForm.of(goal), goal)


@bp.post("/goals/<int:goal_id>")
@login_required
def update_goal(goal_id: int) -> ResponseReturnValue:
    """Change a goal (or, with `_method=delete`, remove it); what was typed stays if it cannot be used."""
    if request.form.get("_method") == "delete":
        return _remove(goal_id)
    form, goal = GoalForm(), _goal(goal_id)
    _require_right(goal.checklist)
    _offer_kinds(form, goal.checklist, goal)
    if form.accept():
        try:
            with transaction() as session:
                service.change_goal(
                    session,
                    actor=current_actor(),
                    goal_id=goal_id,
                    draft=form.draft(),
                    edition=form.edition.data or 0,
                    now=utc_now(),
                )
            flash(_("Saved."), "success")
            return redirect(_url_of(goal_id), 303)
        except service.StaleGoalError:
            goal = _goal(goal_id)
            form.edition.data = goal.edition
            return _form_page(goal.checklist, form, goal, is_stale=True), 409
        except InvalidError as error:
            form.blame(error.field, explain(error))
    goal = _goal(goal_id)
    return _form_page(goal.checklist, form, goal), 422


def _remove(goal_id: int) -> ResponseReturnValue:
    with transaction() as session:
        checklist = service.drop_goal(session, actor=current_actor(), goal_id=goal_id, now=utc_now())
        home = home_of(checklist.id)
    flash(_("The goal is removed; the history says that it was there."), "success")
    return redirect(home, 303)


@bp.post("/goals/<int:goal_id>/values")
@login_required
def create_value(goal_id: int) -> ResponseReturnValue:
    """Keep the value of a day; what was typed stays on the page if it cannot be used."""
    form = ValueForm()
    _require_right(_goal(goal_id).checklist)
    if form.accept():
        try:
            with transaction() as session:
                service.enter_value(
                    session,
                    actor=current_actor(),
                    goal_id=goal_id,
                    day=form.day.data,
                    value=form.value.data,
                    now=utc_now(),
                )
            flash(_("The value is kept."), "success")
            return redirect(_url_of(goal_id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _goal_page(goal_id, form), 422
