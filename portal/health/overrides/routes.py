"""Overrides of health, over HTTP."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.health.overrides import queries, rules, service, wording
from portal.health.overrides.forms import OverrideForm
from portal.health.queries import account_for
from portal.web.errors import explain
from portal.web.flashes import offer_undo

bp = Blueprint("health_overrides", __name__, url_prefix="/staff/accounts/<int:account_id>/override")
bp.before_request(require_staff)
bp.add_app_template_global(wording.judged, "judged_text")

A_MONTH: Final = timedelta(days=30)


@bp.get("")
def new_override(account_id: int) -> ResponseReturnValue:
    """Offer to judge an account otherwise than its score does, above all earlier judgements."""
    form = OverrideForm(formdata=None, ends_on=site_day(utc_now()) + A_MONTH)
    return _page(account_id, form)


@bp.post("")
def create_override(account_id: int) -> ResponseReturnValue:
    """Put an override beside the score; what cannot be used stays on the page."""
    form, actor = OverrideForm(), current_actor()
    account_for(db.session(), actor, account_id)
    if not form.accept():
        return _page(account_id, form), 422
    try:
        with transaction() as session:
            service.judge(
                session, actor=actor, account_id=account_id, judgement=form.judgement(), now=utc_now()
            )
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _page(account_id, form), 422
    flash(_("The override stands beside the score."), "posted")
    return redirect(_back(account_id), 303)


@bp.post("/ending")
def create_ending(account_id: int) -> ResponseReturnValue:
    """End the override that holds (or, with `_method=delete`, let it hold again)."""
    actor, now = current_actor(), utc_now()
    try:
        with transaction() as session:
            if request.form.get("_method") == "delete":
                service.resume(session, actor=actor, account_id=account_id, now=now)
                flash(_("The override holds again."), "success")
            elif service.end(session, actor=actor, account_id=account_id, now=now):
                offer_undo(_("The override has ended."), action=request.path, fields=())
    except ConflictError as error:
        flash(explain(error), "error")
    return redirect(_back(account_id), 303)


def _back(account_id: int) -> str:
    return url_for("health.show_account", account_id=account_id)


def _page(account_id: int, form: OverrideForm) -> str:
    session, actor, today = db.session(), current_actor(), site_day(utc_now())
    overrides = queries.overrides_for(session, actor, account_id)
    return render_template(
        "health/override.html",
        account=account_for(session, actor, account_id),
        form=form,
        overrides=overrides,
        holding=next((one for one in overrides if one.holds_on(today)), None),
        latest_end=today + rules.LONGEST,
        today=today,
    )
