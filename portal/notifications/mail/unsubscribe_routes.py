"""Stopping mails by their own link; who has the link need not sign in."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM
from portal.core.db import db, transaction
from portal.notifications import service
from portal.notifications.kinds import KINDS
from portal.notifications.mail.unsubscribing import read_token

bp = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe")


@bp.get("/<token>")
def show_question(token: str) -> ResponseReturnValue:
    """Ask whether these mails shall stop: programs open links too, and must not stop anything."""
    user_id, scope = read_token(token)
    return render_template("notifications/unsubscribe.html", what=_what(user_id, scope), is_done=False)


@bp.post("/<token>")
def delete_subscription(token: str) -> ResponseReturnValue:
    """Stop them; mail programs send this by themselves, without a form's token."""
    user_id, scope = read_token(token)
    with transaction() as session:
        service.stop_mail(session, user_id=user_id, scope=scope)
    return render_template("notifications/unsubscribe.html", what=_what(user_id, scope), is_done=True)


def _what(user_id: int, scope: str) -> str:
    """Say which mails a link is about."""
    reading = db.session()
    person = accounts.person_for(reading, SYSTEM, user_id)
    sort, _colon, name = scope.partition(":")
    if sort == "kind":
        return str(_(KINDS[name].label))
    if sort == "watch":
        named_for = current_app.extensions["named_for"]
        named = named_for(reading, person.as_actor(), {name}, language=str(get_locale()))
        return named[name].title if name in named else str(_("Something that you watched"))
    return str(_("Your daily mail") if sort == "daily" else _("Your weekly mail"))
