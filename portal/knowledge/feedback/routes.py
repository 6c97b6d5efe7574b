"""The page on which staff deal with what readers say about articles."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.paging import Cursor
from portal.knowledge import queries
from portal.knowledge.editing.forms import section_choices
from portal.knowledge.feedback import queries as feedback
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.forms import REASONS, ResolutionForm
from portal.knowledge.feedback.queries import FeedbackFilter
from portal.knowledge.queries import SectionNode
from portal.web.numbers import row_number
from portal.web.redirects import came_from

bp = Blueprint("knowledge_feedback", __name__, url_prefix="/staff/articles/feedback")
bp.before_request(require_staff)


@bp.get("/")
def list_feedback() -> ResponseReturnValue:
    """Show complaints and comments that wait, or those that were dealt with, newest first."""
    session, actor = db.session(), current_actor()
    tree = queries.sections_for(session, actor)
    wanted = FeedbackFilter(
        is_resolved=request.args.get("status") == "resolved",
        language=request.args.get("language") or None,
        section=_node(tree, request.args.get("section", type=int)),
        article_id=request.args.get("article", type=row_number),
        reason=request.args.get("reason", ""),
    )
    after = Cursor.decode(request.args.get("after", ""))
    page = feedback.feedback_for(session, actor, wanted, after=after)
    return render_template(
        "knowledge/staff/feedback.html",
        page=page,
        wanted=wanted,
        next_url=page.next_cursor and _url_after(page.next_cursor),
        sections=[(choice.value, choice.label) for choice in section_choices(tree, str(get_locale()))],
        reasons=REASONS,
    )


def _url_after(cursor: str) -> str:
    """Return the address of the page that begins at a cursor, with the filters of this one."""
    kept: dict[str, Any] = request.args.to_dict()
    return url_for(".list_feedback", **(kept | {"after": cursor}))


def _node(tree: Sequence[SectionNode], section_id: int | None) -> SectionNode | None:
    return next((node for top in tree for _, node in top.walk() if node.section.id == section_id), None)


@bp.post("/<int:vote_id>/resolution")
def create_resolution(vote_id: int) -> ResponseReturnValue:
    """Settle what a reader said, with a note to them (or, with `_method=delete`, open it again)."""
    actor, back = current_actor(), came_from(request, default=url_for(".list_feedback"))
    if request.form.get("_method") == "delete":
        with transaction() as session:
            votes.reopen(session, actor=actor, vote_id=vote_id)
        return redirect(back, 303)
    form = ResolutionForm()
    if not form.accept():
        raise InvalidError(N_("Write at most 1,000 characters."))
    with transaction() as session:
        count = votes.resolve(
            session,
            actor=actor,
            vote_id=vote_id,
            note=form.said,
            with_others=form.with_others,
            now=utc_now(),
        )
    flash(ngettext("One is settled.", "%(num)d are settled.", count), "success")
    return redirect(back, 303)
