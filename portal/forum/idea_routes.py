"""The pages of ideas: which are wanted most, and what the vendor makes of them."""

import re

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.forum import ideas
from portal.forum.forms import STATUSES, StatusForm
from portal.forum.models import IdeaStatus
from portal.forum.paths import path_of_topic

bp = Blueprint("forum_ideas", __name__, url_prefix="/community/topics")


@bp.get("/ideas")
def list_ideas() -> ResponseReturnValue:
    """Show the ideas, those with most votes first."""
    status = request.args.get("status", "")
    after = re.fullmatch(r"(\d{1,9})-(\d{1,9})", request.args.get("after", ""))
    page = ideas.ideas_for(
        db.session(),
        current_actor(),
        status=IdeaStatus(status) if status in set(IdeaStatus) else None,
        after=(int(after[1]), int(after[2])) if after else None,
    )
    return render_template("forum/ideas.html", page=page, status=status, statuses=STATUSES)


@bp.post("/<int:topic_id>/status")
@login_required
def update_status(topic_id: int) -> ResponseReturnValue:
    """Say what the vendor makes of an idea."""
    form = StatusForm()
    if not form.accept():
        raise InvalidError(N_("Choose a status, and say why in at most 1,000 characters."))
    with transaction() as session:
        topic = ideas.set_status(
            session,
            actor=current_actor(),
            topic_id=topic_id,
            status=form.status.data,
            note=form.note.data or "",
            now=utc_now(),
        )
        path = path_of_topic(topic)
    flash(_("Saved."), "success")
    return redirect(path, 303)
