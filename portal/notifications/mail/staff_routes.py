"""Mail that could not be delivered, for staff."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.paging import Cursor
from portal.notifications.mail import queries, queue
from portal.notifications.mail.models import MailState
from portal.notifications.wording import MAIL_PURPOSES, MAIL_STATES
from portal.web.numbers import row_number

bp = Blueprint("staff_mail", __name__, url_prefix="/staff/mail")
bp.before_request(require_staff)


@bp.get("/")
def list_mails() -> ResponseReturnValue:
    """Show the mails in a state, those that failed first of all, and the addresses that refuse mail."""
    session, actor = db.session(), current_actor()
    state = request.args.get("state", MailState.FAILED, type=MailState)
    after = Cursor.decode(request.args.get("after", ""))
    return render_template(
        "notifications/staff_mail.html",
        state=state,
        page=queries.mails_for(session, actor, state, after=after),
        counts=queries.counts_for(session, actor),
        paused=queries.paused_for(session, actor),
        states=MAIL_STATES,
        purposes=MAIL_PURPOSES,
        sends_mail=bool(current_app.extensions["settings"].mail_url),
    )


@bp.post("/attempts")
def create_attempts() -> ResponseReturnValue:
    """Try again what failed: one mail (`mail`), or all of them."""
    mail_id = request.form.get("mail", type=row_number)
    with transaction() as session:
        count = queue.retry(session, mail_id=mail_id, now=utc_now())
    flash(ngettext("%(num)d mail is tried again.", "%(num)d mails are tried again.", count), "success")
    return redirect(url_for(".list_mails"), 303)


@bp.post("/addresses")
def resume_address() -> ResponseReturnValue:
    """Send mail to an address again."""
    with transaction() as session:
        queue.resume(session, address=request.form.get("address", ""))
    flash(_("Mail is sent there again."), "success")
    return redirect(url_for(".list_mails"), 303)
