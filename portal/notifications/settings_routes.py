"""How a person wants to hear of things."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts import queries as accounts
from portal.accounts import service as people
from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.notifications import queries, service
from portal.notifications.forms import SettingsForm, deliveries_in, kinds_for
from portal.notifications.mail import queries as mails
from portal.notifications.mail import queue
from portal.notifications.mail.contents import write_letter
from portal.notifications.wording import CATEGORIES, DELIVERIES
from portal.web.errors import explain

bp = Blueprint("notice_settings", __name__, url_prefix="/me/notifications")


def _site() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@bp.get("/settings")
@login_required
def show_settings() -> ResponseReturnValue:
    """Show how one hears of what."""
    actor = current_actor()
    own = queries.watches_own(db.session(), actor.user_id or 0)
    form = SettingsForm(formdata=None, data={"watches_own": own, "time_zone": actor.time_zone or ""})
    return _page(form)


def _page(form: SettingsForm, problem: str = "") -> str:
    actor, reading = current_actor(), db.session()
    form.offer_zones(_site().time_zone.key)
    person = accounts.person_for(reading, actor, actor.user_id or 0)
    return render_template(
        "notifications/settings.html",
        form=form,
        problem=problem,
        kinds=kinds_for(actor),
        chosen=queries.settings_of(reading, person.id),
        categories=CATEGORIES,
        deliveries=DELIVERIES,
        sends_mail=bool(_site().mail_url),
        email=person.email,
        refusing=mails.refusing_address(reading, person.email),
    )


@bp.post("/settings")
@login_required
def update_settings() -> ResponseReturnValue:
    """Keep what was chosen."""
    actor, form = current_actor(), SettingsForm()
    form.offer_zones(_site().time_zone.key)
    try:
        deliveries = deliveries_in(request.form, actor)
    except InvalidError as error:
        return _page(form, explain(error)), 422
    if not form.accept():
        return _page(form), 422
    zone = form.time_zone.data or None
    with transaction() as writing:
        own = bool(form.watches_own.data)
        service.choose(writing, actor=actor, deliveries=deliveries, watches_own=own)
        people.choose_time_zone(writing, actor=actor, time_zone=zone)
    session["time_zone"] = zone
    flash(_("Saved."), "success")
    return redirect(url_for(".show_settings"), 303)


@bp.post("/address")
@login_required
def resume_address() -> ResponseReturnValue:
    """Send mail to one's own address again, beginning with a letter that says so."""
    actor = current_actor()
    letter = write_letter(
        subject=_("You get mail again"),
        text=_("Your address takes mail again. This is how you hear of things:"),
        path=url_for(".show_settings"),
        language=str(get_locale()),
    )
    with transaction() as writing:
        person = accounts.person_for(writing, actor, actor.user_id or 0)
        if person.email and queue.resume(writing, address=person.email):
            queue.send(writing, letter, to=person.email, user_id=person.id, now=utc_now())
    flash(_("We send mail to you again."), "success")
    return redirect(url_for(".show_settings"), 303)
