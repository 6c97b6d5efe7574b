"""Moving a checklist to the newer version of its map, over HTTP: first a look, then the move."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError
from portal.onboarding.updates import service
from portal.onboarding.updates.wording import names_of
from portal.web.errors import explain

bp = Blueprint("onboarding_updates", __name__, url_prefix="/staff/onboarding")
bp.before_request(require_staff)


@bp.get("/checklists/<int:checklist_id>/version")
def show_update(checklist_id: int) -> ResponseReturnValue:
    """Show what following the published version of its map changes for a checklist."""
    return _page(checklist_id)


def _page(checklist_id: int) -> str:
    update = service.preview(db.session(), actor=current_actor(), checklist_id=checklist_id)
    return render_template("onboarding/update.html", update=update, names_of=names_of)


@bp.post("/checklists/<int:checklist_id>/version")
def create_update(checklist_id: int) -> ResponseReturnValue:
    """Let a checklist follow that version; if something else would change by now, show that first."""
    try:
        with transaction() as session:
            service.move(
                session,
                actor=current_actor(),
                checklist_id=checklist_id,
                agreed=request.form.get("agreed", ""),
                now=utc_now(),
            )
    except ConflictError as error:
        flash(explain(error), "warning")
        return _page(checklist_id), 409
    flash(_("The checklist follows the new version of its map."), "success")
    return redirect(url_for("onboarding_staff.show_checklist", checklist_id=checklist_id), 303)
