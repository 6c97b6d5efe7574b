"""The whole history of a checklist, over HTTP."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.db import db
from portal.core.paging import Cursor
from portal.onboarding.history import queries
from portal.onboarding.history.wording import sentence
from portal.onboarding.queries import checklist_for
from portal.onboarding.routes import home_of
from portal.web.numbers import row_number

bp = Blueprint("onboarding_history", __name__, url_prefix="/onboarding")


@bp.get("/checklists/<int:checklist_id>/history")
@login_required
def list_acts(checklist_id: int) -> ResponseReturnValue:
    """Show what happened to a checklist, or with `?step=` to one of its steps, the newest first."""
    session, actor = db.session(), current_actor()
    checklist = checklist_for(session, actor, checklist_id)
    step_id = request.args.get("step", type=row_number)
    return render_template(
        "onboarding/history.html",
        checklist=checklist,
        step=next((step for step in checklist.steps if step.id == step_id), None),
        page=queries.acts_for(
            session,
            actor,
            checklist_id,
            step_id=step_id,
            after=Cursor.decode(request.args.get("after", "")),
        ),
        act_sentence=sentence,
        home=home_of(checklist_id),
    )
