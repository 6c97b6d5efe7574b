"""Whether scores are worth their name, over HTTP."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import TIERS
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.health.validation import charts, queries, service, wording
from portal.health.validation.report import from_document
from portal.health.versions.queries import model_named

bp = Blueprint("validation", __name__, url_prefix="/staff/accounts/model/validation")
bp.before_request(require_staff)


@bp.get("")
def show_validation() -> ResponseReturnValue:
    """Show how the scores before each outcome so far compare with it, and how far a new comparison is."""
    session, actor = db.session(), current_actor()
    latest = queries.latest_for(session, actor, finished=True)
    report = from_document(latest.report) if latest and latest.report else None
    return render_template(
        "health/validation.html",
        latest=latest,
        report=report,
        model=model_named(session, report.model) if report else None,
        running=queries.latest_for(session, actor, finished=False),
        charts=charts,
        words=wording,
        tiers=TIERS,
    )


@bp.post("")
def create_validation() -> ResponseReturnValue:
    """Ask for a new comparison; a worker makes it."""
    with transaction() as session:
        service.ask(session, actor=current_actor(), now=utc_now())
    return redirect(url_for("validation.show_validation"), 303)


@bp.get("/progress")
def show_progress() -> ResponseReturnValue:
    """Show how far the comparison is; once it is done, have the whole page loaded again."""
    running = queries.latest_for(db.session(), current_actor(), finished=False)
    answer = make_response(render_template("health/validation_progress.html", running=running))
    if running is None:
        answer.headers["HX-Refresh"] = "true"
    return answer
