"""Shared links over HTTP: making and revoking them, and what whoever holds one sees."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import NotFoundError
from portal.core.i18n import LANGUAGE_NAMES
from portal.onboarding import rules, wording
from portal.onboarding.goals.display import goals_beside
from portal.onboarding.routes import home_of
from portal.onboarding.rules import Path
from portal.onboarding.sharing import queries, service
from portal.onboarding.sharing.calendars import calendar_of
from portal.onboarding.sharing.tokens import read_token
from portal.web.cards import absolute

bp = Blueprint("onboarding_sharing", __name__, url_prefix="/onboarding")


@bp.post("/checklists/<int:checklist_id>/links")
@login_required
def create_link(checklist_id: int) -> ResponseReturnValue:
    """Make a link to a checklist, then show it there."""
    actor = current_actor()
    with transaction() as session:
        days = request.form.get("days", 0, type=int)
        service.share(session, actor=actor, checklist_id=checklist_id, days=days, now=utc_now())
    flash(_("The link works now. Whoever holds it sees this checklist."), "success")
    return redirect(home_of(checklist_id), 303)


@bp.post("/links/<int:link_id>/revocation")
@login_required
def create_revocation(link_id: int) -> ResponseReturnValue:
    """Let a link work no more."""
    actor = current_actor()
    with transaction() as session:
        service.revoke(session, actor=actor, link_id=link_id, now=utc_now())
        checklist_id = queries.link_for(session, actor, link_id).checklist_id
    flash(_("The link does not work any more."), "success")
    return redirect(home_of(checklist_id), 303)


@bp.get("/shared/<token>")
def show_shared(token: str) -> ResponseReturnValue:
    """Show a checklist to whoever holds a link to it; nothing can be changed there."""
    path = _path(token)
    page = render_template(
        "onboarding/shared.html",
        path=path,
        **goals_beside(db.session(), [path.checklist], today=site_day(utc_now())),
        proof_sentence=wording.sentence,
        reopening_sentence=wording.reopening,
        wording=wording,
    )
    return _private(make_response(page))


@bp.get("/shared/<token>/calendar.ics")
def show_calendar(token: str) -> ResponseReturnValue:
    """Give a calendar program the days of a checklist, in the language that the address names."""
    path, language = _path(token), request.args.get("language", str(get_locale()))
    if language not in LANGUAGE_NAMES:
        raise NotFoundError("language")
    url = absolute(url_for("onboarding_sharing.show_shared", token=token))
    with force_locale(language):
        response = make_response(calendar_of(path, url=url, language=language, now=utc_now()))
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = "inline; filename=onboarding.ics"
    return _private(response)


def _path(token: str) -> Path:
    now = utc_now()
    checklist = queries.shared_checklist(db.session(), read_token(token), now=now)
    return rules.path_of(checklist, today=site_day(now))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
