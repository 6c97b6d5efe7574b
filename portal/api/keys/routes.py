"""Keys as admins see them."""

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.api.keys import policies, queries, service
from portal.api.keys.forms import KeyForm
from portal.api.keys.rules import Scope
from portal.api.keys.wording import SCOPES
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, InvalidError
from portal.web.errors import explain

bp = Blueprint("api_keys", __name__, url_prefix="/staff/settings/keys")
bp.before_request(require_staff)


@bp.before_request
def require_admin() -> None:
    """Keep keys from those of the staff who are no admins.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    if not policies.may_manage_keys(current_actor()):
        raise ForbiddenError("keys")


@bp.get("/")
def list_keys() -> ResponseReturnValue:
    """Show which keys there are, who made them and when they were last used."""
    rows = queries.keys_for(db.session(), current_actor())
    return render_template("api/keys.html", keys=rows, now=utc_now(), scope_names=SCOPES)


@bp.get("/new")
def new_key() -> ResponseReturnValue:
    """Offer the form for a key."""
    return render_template("api/new_key.html", form=KeyForm(formdata=None))


@bp.post("/")
def create_key() -> ResponseReturnValue:
    """Make a key, and show it this once."""
    form = KeyForm()
    if not form.accept():
        return render_template("api/new_key.html", form=form), 422
    try:
        with transaction() as session:
            made = service.make_key(session, actor=current_actor(), draft=form.draft, now=utc_now())
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return render_template("api/new_key.html", form=form), 422
    page = render_template(
        "api/made_key.html",
        made=made,
        site_url=current_app.extensions["settings"].base_url,
        may_tell=Scope.SIGNALS_WRITE in made.row.scopes,
    )
    answer = make_response(page, 201)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/<int:key_id>/revocation")
def create_revocation(key_id: int) -> ResponseReturnValue:
    """Let a key open nothing any more."""
    with transaction() as session:
        key = service.revoke_key(session, actor=current_actor(), key_id=key_id, now=utc_now())
    flash(_("The key “%(name)s” is revoked.", name=key.name), "success")
    return redirect(url_for(".list_keys"), 303)
