"""The inbox."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.paging import Cursor
from portal.notifications import queries, service
from portal.notifications.wording import sentence

bp = Blueprint("notifications", __name__, url_prefix="/me/notifications")


@bp.get("/")
@login_required
def list_notices() -> ResponseReturnValue:
    """Show one's own inbox."""
    page = queries.lines_for(
        db.session(),
        current_actor(),
        current_app.extensions["named_for"],
        language=str(get_locale()),
        after=Cursor.decode(request.args.get("after", "")),
    )
    return render_template("notifications/inbox.html", page=page, sentence=sentence)


@bp.post("/")
@login_required
def update_notices() -> ResponseReturnValue:
    """Mark everything as read."""
    actor = current_actor()
    with transaction() as session:
        service.read_all(session, actor=actor, now=utc_now())
    return redirect(url_for("notifications.list_notices"), 303)


@bp.post("/<int:notice_id>/reading")
@login_required
def create_reading(notice_id: int) -> ResponseReturnValue:
    """Mark one line as read."""
    actor = current_actor()
    with transaction() as session:
        service.read_line(session, actor=actor, notice_id=notice_id, now=utc_now())
    return redirect(url_for("notifications.list_notices"), 303)
