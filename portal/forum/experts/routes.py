"""The pages on which people who may know are asked, and on which staff see what waits."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required

from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import TIERS
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.paging import Cursor
from portal.forum.experts import queries, service
from portal.forum.experts.rules import ESCALATED_AFTER, MOST_INVITED
from portal.forum.paths import path_of_topic
from portal.web.limits import limiter
from portal.web.numbers import row_number

bp = Blueprint("experts", __name__, url_prefix="/community/topics/<int:topic_id>")
staff_bp = Blueprint("waiting_questions", __name__, url_prefix="/staff/questions")
staff_bp.before_request(require_staff)

PAGE: Final = "forum/experts/page.html"
PEOPLE: Final = "forum/experts/people.html"


@bp.get("/experts")
@login_required
def list_experts(topic_id: int) -> ResponseReturnValue:
    """Show who solved similar questions, as a page or as the part of the topic's page that asks for it."""
    found = queries.experts_for(
        db.session(), current_actor(), topic_id, current_app.extensions["searcher"], now=utc_now()
    )
    is_part = bool(request.headers.get("HX-Request"))
    if is_part and not (found.candidates or found.invited):
        return ""
    return render_template(PEOPLE if is_part else PAGE, found=found, path=path_of_topic(found.topic))


@bp.post("/experts")
@login_required
@limiter.limit("30 per minute")
def create_invitations(topic_id: int) -> ResponseReturnValue:
    """Ask those who were chosen; `only` is the one whose own button was pressed."""
    only = request.form.getlist("only", type=row_number)
    chosen = set(only or request.form.getlist("person", type=row_number)[:MOST_INVITED])
    page = url_for("forum.find_topic", topic_id=topic_id)
    if not chosen:
        flash(_("Choose at least one person to ask."), "error")
        return redirect(page, 303)
    actor, searcher, now = current_actor(), current_app.extensions["searcher"], utc_now()
    with transaction() as session:
        count = service.ask(
            session, actor=actor, topic_id=topic_id, user_ids=chosen, searcher=searcher, now=now
        )
    if count:
        words = ngettext(
            "%(num)d person is asked, at an hour that suits them.",
            "%(num)d people are asked, at hours that suit them.",
            count,
        )
        flash(words, "success")
    else:
        flash(_("They were asked already, or cannot be asked any more."), "info")
    return redirect(page, 303)


@bp.post("/invitation")
@login_required
def create_refusal(topic_id: int) -> ResponseReturnValue:
    """Decline to answer a question, or with `for_good` to be asked any more."""
    is_for_good = bool(request.form.get("for_good"))
    with transaction() as session:
        service.decline(session, actor=current_actor(), topic_id=topic_id, is_for_good=is_for_good)
    flash(
        _("You will not be asked any more. Your settings let you change that.")
        if is_for_good
        else _("That is fine. Nobody is told."),
        "success",
    )
    return redirect(url_for("forum.find_topic", topic_id=topic_id), 303)


@staff_bp.get("/")
def list_waiting() -> ResponseReturnValue:
    """Show the questions that have waited too long, the oldest first."""
    page = queries.waiting_for(
        db.session(), current_actor(), after=Cursor.decode(request.args.get("after", ""))
    )
    return render_template(
        "forum/experts/waiting.html",
        page=page,
        tiers=TIERS,
        hours={tier.value: patience // timedelta(hours=1) for tier, patience in ESCALATED_AFTER.items()},
        path_of_topic=path_of_topic,
        now=utc_now(),
    )
