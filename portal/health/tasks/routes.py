"""What staff have to do about accounts, over HTTP."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError
from portal.health.tasks import queries, service, wording
from portal.health.tasks.forms import ClosureForm
from portal.onboarding.goals import queries as goals
from portal.web.errors import explain
from portal.web.flashes import offer_undo
from portal.web.paging import asked_page

bp = Blueprint("account_tasks", __name__, url_prefix="/staff/tasks")
bp.before_request(require_staff)
bp.add_app_template_global(wording.title, "task_title")

PAGE_SIZE: Final = 100


@bp.get("/")
def list_tasks() -> ResponseReturnValue:
    """Show what is to be done, the most urgent first: everyone's, or with `whose=mine` the reader's own."""
    session, actor = db.session(), current_actor()
    whose = "mine" if request.args.get("whose") == "mine" else "all"
    manager_id = actor.user_id if whose == "mine" else None
    asked = asked_page(PAGE_SIZE)
    found = queries.tasks_for(session, actor, manager_id=manager_id, first=asked.first, size=asked.limit)
    return render_template(
        "health/tasks.html",
        whose=whose,
        page=asked.cut(found),
        closed=queries.tasks_for(session, actor, manager_id=manager_id, is_open=False),
        today=site_day(utc_now()),
    )


@bp.get("/<int:task_id>")
def show_task(task_id: int) -> ResponseReturnValue:
    """Show a task with the goals that it is about."""
    task = queries.task_for(db.session(), current_actor(), task_id)
    return _page(task_id, ClosureForm(formdata=None, body=task.note))


@bp.post("/<int:task_id>/closure")
def create_closure(task_id: int) -> ResponseReturnValue:
    """Close a task (or, with `_method=delete`, open it again); what cannot be used stays on the page."""
    form, actor = ClosureForm(), current_actor()
    if request.form.get("_method") == "delete":
        with transaction() as session:
            service.reopen(session, actor=actor, task_id=task_id)
        flash(_("The task is open again."), "success")
        return redirect(url_for("account_tasks.show_task", task_id=task_id), 303)
    if not form.accept():
        return _page(task_id, form), 422
    try:
        with transaction() as session:
            service.close(session, actor=actor, task_id=task_id, note=form.body.data or "", now=utc_now())
    except ConflictError as error:
        form.blame("body", explain(error))
        return _page(task_id, form), 409
    offer_undo(_("The task is closed."), action=request.path, fields=[])
    return redirect(url_for("account_tasks.list_tasks"), 303)


def _page(task_id: int, form: ClosureForm) -> str:
    session, actor = db.session(), current_actor()
    task = queries.task_for(session, actor, task_id)
    open_goals = goals.open_goals_for(session, actor, [task.account_id])
    return render_template("health/task.html", task=task, form=form, goals=open_goals)
