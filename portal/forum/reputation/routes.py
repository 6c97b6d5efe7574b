"""What levels open, who helped most, and tags that helpers set on the topics of others."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, InvalidError
from portal.forum import policies, tags
from portal.forum import queries as forum
from portal.forum.forms import TagsForm
from portal.forum.models import Topic
from portal.forum.paths import path_of_topic
from portal.forum.reputation import queries, rules, service
from portal.forum.reputation.badges import BADGES
from portal.forum.reputation.wording import LEVEL_NAMES, PERIOD_NAMES
from portal.web.errors import explain
from portal.web.fragments import fragments

bp = Blueprint("reputation", __name__)

PERIODS: Final[Mapping[str, timedelta | None]] = {
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
    "all": None,
}


@bp.get("/community/levels")
def show_levels() -> ResponseReturnValue:
    """Show what each level opens, where the reader stands and what is missing to the next."""
    session, actor = db.session(), current_actor()
    own = None
    if actor.user_id is not None:
        own = queries.reputation_for(session, actor, accounts.person_for(session, actor, actor.user_id))
    points, accepted = (own.points, own.accepted) if own else (0, 0)
    here = rules.rung_of(points, accepted)
    return render_template(
        "forum/levels.html",
        rules=rules,
        names=LEVEL_NAMES,
        badges=BADGES.values(),
        earned=own.badges if own else (),
        points=points,
        accepted=accepted,
        here=here,
        next=next((rung for rung in rules.LADDER if rung.level > here.level), None),
    )


@bp.get("/community/people/")
@login_required
def list_people() -> ResponseReturnValue:
    """Show who helped most in a week, a month, a year or ever."""
    asked = request.args.get("period", "")
    period = asked if asked in PERIODS else "month"
    length = PERIODS[period]
    session, since = db.session(), utc_now() - length if length else None
    found = fragments().get(("leaders", period), lambda: queries.leaders(session, since=since))
    return render_template(
        "forum/people.html",
        leaders=queries.still_listed(session, found),
        period=period,
        periods=PERIOD_NAMES,
        names=LEVEL_NAMES,
    )


@bp.post("/me/listing")
@login_required
def update_listing() -> ResponseReturnValue:
    """Let others see what one is known for (or, with `_method=delete`, no longer)."""
    actor, is_listed = current_actor(), request.form.get("_method") != "delete"
    with transaction() as session:
        service.set_listed(session, actor=actor, is_listed=is_listed)
    flash(_("Saved."), "success")
    return redirect(url_for("profiles.show_person", user_id=actor.user_id), 303)


@bp.get("/community/topics/<int:topic_id>/tags")
@login_required
def edit_tags(topic_id: int) -> ResponseReturnValue:
    """Offer a topic's tags for change."""
    topic = _taggable(topic_id)
    names = tags.names_of(db.session(), topic, language=str(get_locale()))
    return _tags_page(topic, TagsForm(formdata=None, data={"tags": names}))


@bp.post("/community/topics/<int:topic_id>/tags")
@login_required
def update_tags(topic_id: int) -> ResponseReturnValue:
    """Change a topic's tags; if they cannot be, what was typed stays on the page."""
    form = TagsForm()
    if not form.accept():
        return _tags_page(_taggable(topic_id), form), 422
    try:
        with transaction() as session:
            topic = tags.set_tags(
                session, actor=current_actor(), topic_id=topic_id, names=form.tags.names, now=utc_now()
            )
            path = path_of_topic(topic)
    except InvalidError as error:
        form.tags.errors = [explain(error)]
        return _tags_page(_taggable(topic_id), form), 422
    flash(_("Saved."), "success")
    return redirect(path, 303)


def _taggable(topic_id: int) -> Topic:
    session, actor = db.session(), current_actor()
    topic = forum.topic_for(session, actor, topic_id)
    moderates = forum.moderates(session, actor, topic.board)
    if not policies.may_tag(actor, topic, moderates=moderates):
        raise ForbiddenError("tag topic")
    return topic


def _tags_page(topic: Topic, form: TagsForm) -> str:
    return render_template(
        "forum/topic_tags.html",
        topic=topic,
        form=form,
        tags=tags.all_tags(db.session()),
        path=path_of_topic(topic),
    )
