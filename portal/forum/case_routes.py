"""The moderators' queue."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.forum import cases
from portal.forum.cases import Decision, State
from portal.forum.paths import path_of_post
from portal.forum.spam import THRESHOLD, WEIGHTS
from portal.web.flashes import offer_undo
from portal.web.paging import asked_page

bp = Blueprint("forum_cases", __name__, url_prefix="/community/moderation")

CASES_A_PAGE: Final = 25


@bp.get("/")
@login_required
def list_cases() -> ResponseReturnValue:
    """Show what waits for a moderator, or with `state=mine` or `done` what one took on or has decided."""
    wanted = request.args.get("state", "")
    state = State(wanted) if wanted in set(State) else State.OPEN
    asked = asked_page(CASES_A_PAGE)
    found = cases.cases_for(db.session(), current_actor(), state=state, first=asked.first, size=asked.limit)
    return render_template(
        "forum/cases.html",
        state=state,
        page=asked.cut(found),
        path_of_post=path_of_post,
        weights=WEIGHTS,
        threshold=THRESHOLD,
    )


@bp.post("/<int:post_id>/decision")
@login_required
def create_decision(post_id: int) -> ResponseReturnValue:
    """Keep a post or take it away (or, with `_method=delete`, put its case before the moderators again)."""
    actor, now = current_actor(), utc_now()
    if request.form.get("_method") == "delete":
        with transaction() as session:
            cases.reopen(session, actor=actor, post_id=post_id, now=now)
        flash(_("It waits for a decision again."), "success")
        return redirect(url_for(".list_cases"), 303)
    if request.form.get("decision") not in set(Decision):
        raise InvalidError(N_("Choose whether to keep the post."))
    decision = Decision(request.form["decision"])
    with transaction() as session:
        cases.decide(session, actor=actor, post_id=post_id, decision=decision, now=now)
    is_kept = decision is Decision.KEEP
    words = _("Kept. Readers see it.") if is_kept else _("Removed. Readers no longer see it.")
    offer_undo(words, action=url_for(".create_decision", post_id=post_id), fields=())
    return redirect(url_for(".list_cases"), 303)


@bp.post("/<int:post_id>/assignment")
@login_required
def create_assignment(post_id: int) -> ResponseReturnValue:
    """Take a case on (or, with `_method=delete`, give it back)."""
    is_taken = request.form.get("_method") != "delete"
    with transaction() as session:
        cases.assign(session, actor=current_actor(), post_id=post_id, is_taken=is_taken)
    flash(_("It is yours now.") if is_taken else _("Anyone can take it on now."), "success")
    return redirect(url_for(".list_cases", state="mine" if is_taken else None), 303)
