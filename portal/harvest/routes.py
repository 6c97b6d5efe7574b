"""The button that makes an article of a topic, and what topic and article say of each other."""

from flask import Blueprint, current_app, redirect
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.forum.models import Topic
from portal.forum.paths import path_of_topic
from portal.harvest import queries, service
from portal.harvest.rules import Words
from portal.knowledge.paths import path_of_article, path_of_text
from portal.web.fragments import render_piece

bp = Blueprint("harvest", __name__, url_prefix="/community/topics")
bp.before_request(require_staff)


@bp.post("/<int:topic_id>/article")
def create_article(topic_id: int) -> ResponseReturnValue:
    """Make a draft of a solved topic, and lead to its editor."""
    settings: Settings = current_app.extensions["settings"]
    languages = dict.fromkeys((settings.default_language, *settings.languages))
    with transaction() as session:
        article = service.draft_article(
            session,
            actor=current_actor(),
            topic_id=topic_id,
            languages=tuple(languages),
            say=_words_in,
            folder=settings.uploads_dir,
            now=utc_now(),
        )
        path = path_of_text(article.id, language=article.source_language)
    return redirect(path, 303)


def _words_in(language: str, names: str, topic: str) -> Words:
    with force_locale(language):
        return Words(
            problem=_("Problem"),
            solution=_("Solution"),
            credit=_("From the community: answered by %(names)s in %(topic)s.", names=names, topic=topic),
        )


def article_note(topic: Topic) -> Markup:
    """Return what the page of a topic says of the article that was made of it; staff can make one."""
    if not topic.is_solved:
        return Markup()
    actor, language = current_actor(), str(get_locale())
    text = queries.article_made_of(db.session(), actor, topic, language=language)
    if text is None and not actor.is_staff:
        return Markup()
    path = text and path_of_article(text.article_id, text.slug, language=text.language)
    return render_piece("harvest/article.html", topic=topic, text=text, path=path)


def topic_note(article_id: int) -> Markup:
    """Return what the page of an article says of the topic of which it was made; nothing without one."""
    topic = queries.topic_behind(db.session(), current_actor(), article_id)
    if topic is None:
        return Markup()
    return render_piece("harvest/topic.html", topic=topic, path=path_of_topic(topic))
