"""The inbox."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.notifications import queries, service
from portal.notifications.wording import sentence

bp = Blueprint("notifications", __name__, url_prefix="/me/notifications")


@bp.get("/")
@login_required
def list_notices() -> ResponseReturnValue:
    """Show one's own inbox."""
    notices = queries.notices_for(db.session(), current_actor())
    return render_template("notifications/inbox.html", notices=notices, sentence=sentence)


@bp.post("/")
@login_required
def update_notices() -> ResponseReturnValue:
    """Mark everything as read."""
    actor = current_actor()
    with transaction() as session:
        service.read_all(session, actor=actor, now=utc_now())
    return redirect(url_for("notifications.list_notices"), 303)
