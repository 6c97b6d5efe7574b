"""What a person watches."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.paging import Cursor
from portal.notifications import queries, service
from portal.notifications.forms import read_delivery
from portal.notifications.wording import DELIVERIES
from portal.web.redirects import came_from, local_path

bp = Blueprint("watches", __name__, url_prefix="/me/watches")


@bp.get("/")
@login_required
def list_watches() -> ResponseReturnValue:
    """Show what one watches."""
    page = queries.watched_by(
        db.session(),
        current_actor(),
        current_app.extensions["named_for"],
        language=str(get_locale()),
        after=Cursor.decode(request.args.get("after", "")),
    )
    return render_template("notifications/watches.html", page=page, deliveries=DELIVERIES)


@bp.post("/")
@login_required
def create_watch() -> ResponseReturnValue:
    """Watch a thing, choose how to hear of it, or (with `_method=delete`) stop watching it."""
    actor, subject = current_actor(), request.form.get("subject", "")
    is_watched = request.form.get("_method") != "delete"
    with transaction() as session:
        if is_watched:
            wanted = request.form.get("delivery")
            service.watch(
                session,
                actor=actor,
                subject=subject,
                named_for=current_app.extensions["named_for"],
                delivery=read_delivery(wanted) if wanted else None,
                now=utc_now(),
            )
        else:
            service.unwatch(session, actor=actor, subject=subject)
    if request.headers.get("HX-Request"):
        return render_template("notifications/watch.html", subject=subject, is_watched=is_watched)
    flash(_("You watch this now.") if is_watched else _("You do not watch this any more."), "success")
    page = came_from(request, default=url_for(".list_watches"))
    return redirect(local_path(request.form.get("next"), page), 303)
