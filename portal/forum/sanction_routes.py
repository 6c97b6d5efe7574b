"""Sanctions: staff impose and lift them, and who is sanctioned reads why and may object."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.accounts import queries as accounts
from portal.accounts import sanctions
from portal.accounts.current import current_actor, require_staff
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError, NotFoundError
from portal.forum import expulsion
from portal.web.errors import explain
from portal.web.forms import PortalForm
from portal.web.limits import limiter

bp = Blueprint("forum_sanction", __name__, url_prefix="/sanction")
staff_bp = Blueprint("forum_sanctions", __name__, url_prefix="/staff/sanctions")
staff_bp.before_request(require_staff)


class SanctionForm(PortalForm):
    """Whom to sanction, how, how long and why."""

    user_id = IntegerField(validators=[InputRequired()])
    kind = SelectField(choices=[str(kind) for kind in SanctionKind], coerce=SanctionKind)
    days = IntegerField(validators=[InputRequired()])
    reason = TextAreaField(validators=[InputRequired(), Length(max=1000)])
    hides_posts = BooleanField()


def _own() -> Sanction:
    """Return the reader's sanction: of who is signed in, or was just refused.

    Raises:
        NotFoundError: there is none in force.
    """
    actor, now = current_actor(), utc_now()
    if actor.is_signed_in:
        found = sanctions.sanction_of(db.session(), actor.user_id, now=now)
    else:
        found = db.session().get(Sanction, session.get("sanction", 0))
    if found is None or not found.is_in_force(now):
        raise NotFoundError("sanction")
    return found


@bp.get("/")
def show_sanction() -> ResponseReturnValue:
    """Tell a silenced or suspended person why, until when, and how to object."""
    return render_template("forum/sanction.html", sanction=_own())


@bp.post("/appeal")
@limiter.limit("10 per minute")
def create_appeal() -> ResponseReturnValue:
    """Keep what the person says against it."""
    sanction_id = _own().id
    with transaction() as writing:
        sanctions.object_to(
            writing, sanction_id=sanction_id, words=request.form.get("words", ""), now=utc_now()
        )
    flash(_("Sent. A person will read it."), "success")
    return redirect(url_for(".show_sanction"), 303)


@staff_bp.get("/")
def list_sanctions() -> ResponseReturnValue:
    """Show who is or was silenced or suspended, and what they say against it."""
    found = sanctions.sanctions_for(db.session(), current_actor())
    return render_template("forum/sanctions.html", sanctions=found, now=utc_now())


@staff_bp.post("/")
def create_sanction() -> ResponseReturnValue:
    """Silence or suspend someone; if that cannot be, what was typed stays on the page."""
    form = SanctionForm()
    if not form.accept():
        return _refused(form, _("Say for how many days, and why: the person will read it.")), 422
    try:
        with transaction() as writing:
            expulsion.sanction_author(
                writing,
                actor=current_actor(),
                user_id=form.user_id.data,
                kind=form.kind.data,
                days=form.days.data,
                reason=form.reason.data,
                hides_posts=form.hides_posts.data,
                now=utc_now(),
            )
    except InvalidError as error:
        return _refused(form, explain(error)), 422
    flash(_("Done. The person is told why."), "success")
    return redirect(url_for(".list_sanctions"), 303)


def _refused(form: SanctionForm, error: str) -> str:
    person = accounts.person_for(db.session(), current_actor(), form.user_id.data or 0)
    return render_template("forum/new_sanction.html", person=person, form=form, error=error)


@staff_bp.post("/<int:sanction_id>/lifting")
def create_lifting(sanction_id: int) -> ResponseReturnValue:
    """End a sanction, and bring back the posts that it hid."""
    with transaction() as writing:
        expulsion.lift_sanction(writing, actor=current_actor(), sanction_id=sanction_id, now=utc_now())
    flash(_("Lifted. Posts that it hid are back."), "success")
    return redirect(url_for(".list_sanctions"), 303)
