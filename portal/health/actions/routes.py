"""Next actions, over HTTP."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.health.actions import queries, service
from portal.health.actions.forms import ActionForm
from portal.health.actions.models import NextAction
from portal.health.queries import account_for
from portal.web.errors import explain
from portal.web.flashes import offer_undo
from portal.web.paging import asked_page

bp = Blueprint("account_actions", __name__, url_prefix="/staff")
bp.before_request(require_staff)

IN_A_WEEK: Final = timedelta(days=7)
PAGE_SIZE: Final = 100


@bp.get("/actions/")
def list_actions() -> ResponseReturnValue:
    """Show what is to be done, the most urgent first: the reader's own, or with `whose=all` everyone's."""
    session, actor = db.session(), current_actor()
    whose = "all" if request.args.get("whose") == "all" else "mine"
    owner_id = actor.user_id if whose == "mine" else None
    asked = asked_page(PAGE_SIZE)
    found = queries.actions_for(session, actor, owner_id=owner_id, first=asked.first, size=asked.limit)
    return render_template(
        "health/actions/all.html",
        whose=whose,
        page=asked.cut(found),
        done=queries.actions_for(session, actor, owner_id=owner_id, is_open=False),
        today=site_day(utc_now()),
    )


@bp.get("/accounts/<int:account_id>/actions/")
def list_account_actions(account_id: int) -> ResponseReturnValue:
    """Show what is to be done about an account, and what was."""
    return _account_page(account_id, new_form())


@bp.post("/accounts/<int:account_id>/actions/")
def create_action(account_id: int) -> ResponseReturnValue:
    """Say what is done next; what cannot be used stays on the page."""
    actor, form = current_actor(), ActionForm()
    account_for(db.session(), actor, account_id)
    form.offer(accounts.staff_for(db.session(), actor))
    if not form.accept():
        return _account_page(account_id, form), 422
    try:
        with transaction() as session:
            service.plan(session, actor=actor, account_id=account_id, plan=form.plan(), now=utc_now())
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _account_page(account_id, form), 422
    flash(_("The next action is kept."), "posted")
    return redirect(_back(account_id), 303)


@bp.get("/actions/<int:action_id>")
def edit_action(action_id: int) -> ResponseReturnValue:
    """Offer an action to be changed, with when it was done and undone."""
    action = queries.action_for(db.session(), current_actor(), action_id)
    form = ActionForm(formdata=None, obj=action, owner_id=action.owner_id or 0)
    form.owner_id.data = action.owner_id or 0
    return _edit_page(action, form)


@bp.post("/actions/<int:action_id>")
def update_action(action_id: int) -> ResponseReturnValue:
    """Change an action; what cannot be used stays on the page."""
    actor, form = current_actor(), ActionForm()
    action = queries.action_for(db.session(), actor, action_id)
    form.offer(accounts.staff_for(db.session(), actor))
    if not form.accept():
        return _edit_page(action, form), 422
    try:
        with transaction() as session:
            service.change(
                session,
                actor=actor,
                action_id=action_id,
                plan=form.plan(),
                edition=form.edition.data or 0,
            )
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _edit_page(action, form), 422
    except ConflictError as error:
        form.blame(None, explain(error))
        action = queries.action_for(db.session(), actor, action_id)
        form.edition.data = action.edition
        return _edit_page(action, form, is_stale=True), 409
    flash(_("Changed."), "posted")
    return redirect(_back(action.account_id), 303)


@bp.post("/actions/<int:action_id>/completion")
def create_completion(action_id: int) -> ResponseReturnValue:
    """Mark an action as done (or, with `_method=delete`, as to be done after all)."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            action = service.reopen(session, actor=actor, action_id=action_id, now=now)
            flash(_("It is to be done again."), "success")
        else:
            action = service.finish(session, actor=actor, action_id=action_id, now=now)
            offer_undo(_("Done: %(what)s", what=action.what), action=request.path, fields=())
        url = _back(action.account_id)
    return redirect(url, 303)


def new_form() -> ActionForm:
    """Return the form of a new action: the reader's own, within a week."""
    actor = current_actor()
    due_on = site_day(utc_now()) + IN_A_WEEK
    form = ActionForm(formdata=None, due_on=due_on, owner_id=actor.user_id)
    form.offer(accounts.staff_for(db.session(), actor))
    return form


def _back(account_id: int) -> str:
    return url_for("health.show_account", account_id=account_id, _anchor="actions")


def _account_page(account_id: int, form: ActionForm) -> str:
    session, actor = db.session(), current_actor()
    return render_template(
        "health/actions/of_account.html",
        account=account_for(session, actor, account_id),
        next_actions=queries.actions_for(session, actor, account_id=account_id),
        done=queries.actions_for(session, actor, account_id=account_id, is_open=False),
        action_form=form,
        today=site_day(utc_now()),
    )


def _edit_page(action: NextAction, form: ActionForm, *, is_stale: bool = False) -> str:
    form.offer(accounts.staff_for(db.session(), current_actor()))
    return render_template("health/actions/edit.html", action=action, form=form, is_stale=is_stale)
