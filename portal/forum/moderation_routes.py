"""The page on which moderators keep one topic in order."""

import re
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
from portal.forum import moderation, queries, reading, trail
from portal.forum.moderation import Mark
from portal.forum.paths import path_of_topic
from portal.web.numbers import row_number

bp = Blueprint("forum_moderation", __name__, url_prefix="/community/topics/<int:topic_id>")

_NUMBER: Final = re.compile(r"(?:.*/topics/)?(\d{1,9})(?:-[^/]*)?", re.DOTALL)


@bp.get("/moderation")
@login_required
def show_moderation(topic_id: int) -> ResponseReturnValue:
    """Show what can be done to a topic, and what was done."""
    session, actor = db.session(), current_actor()
    topic = queries.topic_for(session, actor, topic_id)
    number = request.args.get("page", 1, type=int)
    return render_template(
        "forum/moderation.html",
        topic=topic,
        acts=trail.acts_for(session, actor, topic),
        page=reading.page_for(session, actor, topic, number=number),
        boards=queries.boards_for(session, actor),
        path=path_of_topic(topic),
    )


@bp.post("/marks")
@login_required
def create_mark(topic_id: int) -> ResponseReturnValue:
    """Close, pin or archive a topic (or, with `_method=delete`, undo that)."""
    if request.form.get("mark") not in set(Mark):
        raise InvalidError(N_("Choose what to do with this topic."))
    is_set = request.form.get("_method") != "delete"
    with transaction() as session:
        moderation.mark_topic(
            session,
            actor=current_actor(),
            topic_id=topic_id,
            mark=Mark(request.form["mark"]),
            is_set=is_set,
            now=utc_now(),
        )
    flash(_("Done."), "success")
    return redirect(url_for("forum_moderation.show_moderation", topic_id=topic_id), 303)


@bp.post("/board")
@login_required
def update_board(topic_id: int) -> ResponseReturnValue:
    """Move a topic to another board."""
    with transaction() as session:
        topic = moderation.move_topic(
            session,
            actor=current_actor(),
            topic_id=topic_id,
            board_slug=request.form.get("board", ""),
            now=utc_now(),
        )
        path = path_of_topic(topic)
    flash(_("Moved."), "success")
    return redirect(path, 303)


@bp.post("/merger")
@login_required
def create_merger(topic_id: int) -> ResponseReturnValue:
    """Merge a topic into another."""
    into_id = _named_topic("into")
    with transaction() as session:
        target = moderation.merge_topics(
            session, actor=current_actor(), topic_id=topic_id, into_id=into_id, now=utc_now()
        )
        path = path_of_topic(target)
    flash(_("Merged. The former address leads here."), "success")
    return redirect(path, 303)


@bp.post("/parts")
@login_required
def create_part(topic_id: int) -> ResponseReturnValue:
    """Split replies off into a topic of their own."""
    chosen = set(request.form.getlist("posts", type=row_number))
    with transaction() as session:
        fresh = moderation.split_topic(
            session,
            actor=current_actor(),
            topic_id=topic_id,
            post_ids=chosen,
            title=request.form.get("title", ""),
            now=utc_now(),
        )
        path = path_of_topic(fresh)
    flash(_("This is a topic of its own now."), "success")
    return redirect(path, 303)


@bp.post("/original")
@login_required
def update_original(topic_id: int) -> ResponseReturnValue:
    """Say where the same was asked before (or, with `_method=delete`, take that back)."""
    is_taken_back = request.form.get("_method") == "delete"
    original_id = None if is_taken_back else _named_topic("original")
    with transaction() as session:
        topic = moderation.link_to_original(
            session, actor=current_actor(), topic_id=topic_id, original_id=original_id, now=utc_now()
        )
        path = path_of_topic(topic)
    flash(
        _("The link is gone.") if is_taken_back else _("Linked. You will hear when it is solved."), "success"
    )
    return redirect(path, 303)


def _named_topic(field: str) -> int:
    """Return the number of the topic whose number or address was typed.

    Raises:
        InvalidError: it is neither.
    """
    found = _NUMBER.fullmatch(request.form.get(field, "").strip())
    if not found:
        raise InvalidError(N_("Paste the address of a topic, or type its number."), field=field)
    return int(found[1])
