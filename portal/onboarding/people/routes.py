"""Who does a step, over HTTP."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.onboarding.people import service
from portal.web.numbers import row_number

bp = Blueprint("onboarding_people", __name__, url_prefix="/onboarding")


@bp.post("/steps/<int:step_id>/assignees")
@login_required
def create_assignee(step_id: int) -> ResponseReturnValue:
    """Let a person do a step (or, with `_method=delete`, not any more), then show it."""
    actor, now = current_actor(), utc_now()
    user_id = request.form.get("user_id", 0, type=row_number)
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.unassign(session, actor=actor, step_id=step_id, user_id=user_id, now=now)
        else:
            service.assign(session, actor=actor, step_id=step_id, user_id=user_id, now=now)
    flash(_("Saved."), "success")
    return redirect(url_for("onboarding_talk.show_step", step_id=step_id), 303)
