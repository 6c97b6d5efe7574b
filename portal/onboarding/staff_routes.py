"""A checklist as staff see it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.current import current_actor, require_staff
from portal.core.db import db
from portal.onboarding import queries, rules
from portal.onboarding.maps.queries import map_for
from portal.onboarding.nudges.queries import sent_for
from portal.onboarding.routes import beside, today

bp = Blueprint("onboarding_staff", __name__, url_prefix="/staff/onboarding")
bp.before_request(require_staff)


@bp.get("/checklists/<int:checklist_id>")
def show_checklist(checklist_id: int) -> ResponseReturnValue:
    """Show one account's path."""
    session, actor = db.session(), current_actor()
    checklist = queries.checklist_for(session, actor, checklist_id)
    path = rules.path_of(checklist, today=today())
    published = map_for(session, actor, checklist.success_map_id).published
    return render_template(
        "onboarding/checklist.html",
        path=path,
        newer=published if published and published.id != checklist.version_id else None,
        sent=sent_for(session, actor, checklist_id=checklist.id),
        **beside([path]),
    )
