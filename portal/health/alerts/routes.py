"""Alerts about accounts, over HTTP."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.health.alerts import queries, service, wording
from portal.web.flashes import offer_undo
from portal.web.paging import asked_page

bp = Blueprint("account_alerts", __name__, url_prefix="/staff/accounts/alerts")
bp.before_request(require_staff)
bp.add_app_template_global(wording.reason, "alert_reason")
bp.add_app_template_global(wording.called, "alert_called")

PAGE_SIZE: Final = 100


@bp.get("/")
def list_alerts() -> ResponseReturnValue:
    """Show the open alerts, the latest first: everyone's, or with `whose=mine` the reader's own."""
    session, actor = db.session(), current_actor()
    whose = "mine" if request.args.get("whose") == "mine" else "all"
    manager_id = actor.user_id if whose == "mine" else None
    asked = asked_page(PAGE_SIZE)
    found = queries.alerts_for(session, actor, manager_id=manager_id, first=asked.first, size=asked.limit)
    return render_template(
        "health/alerts/list.html",
        whose=whose,
        page=asked.cut(found),
        closed=queries.alerts_for(session, actor, manager_id=manager_id, is_open=False),
    )


@bp.post("/<int:alert_id>/handling")
def create_handling(alert_id: int) -> ResponseReturnValue:
    """Take care of an alert (or, with `_method=delete`, leave it to others again)."""
    actor = current_actor()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            alert = service.leave(session, actor=actor, alert_id=alert_id)
            flash(_("The alert waits for someone again."), "success")
        else:
            alert = service.handle(session, actor=actor, alert_id=alert_id, now=utc_now())
            offer_undo(_("You take care of it."), action=request.path, fields=())
        url = url_for("health.show_account", account_id=alert.account_id)
    return redirect(url, 303)
