"""The feed of what is new in the community, for everyone."""

from collections.abc import Iterator

from flask import Blueprint, current_app, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.content.extract import excerpt
from portal.core import revisions
from portal.core.db import db
from portal.forum import publication
from portal.forum.paths import FEED_PATH, HOME_PATH, path_of_topic
from portal.web.atom import SUMMARY_CHARS, Entry, Feed, write_feed
from portal.web.documents import Document, send
from portal.web.fragments import fragments

bp = Blueprint("forum_feeds", __name__, url_prefix="/community")


@bp.get("/feed.atom")
def show_feed() -> ResponseReturnValue:
    """Tell of the newest topics; the feed itself speaks the site's language, each topic its own."""
    g.language = current_app.extensions["settings"].default_language
    key = ("feed", FEED_PATH, revisions.numbers(db.session(), "forum"))
    return send(fragments().get(key, _feed))


def _feed() -> Document:
    feed = Feed(
        path=FEED_PATH,
        page_path=HOME_PATH,
        title=_("Community"),
        language=g.language,
        entries=list(_entries()),
    )
    return write_feed(feed)


def _entries() -> Iterator[Entry]:
    for opening in publication.newest_openings(db.session()):
        topic = opening.topic
        yield Entry(
            id_path=f"/community/topics/{topic.id}",
            path=path_of_topic(topic),
            title=topic.title,
            language=topic.language,
            summary=excerpt(opening.body_text, SUMMARY_CHARS),
            author=opening.author.name,
            published_at=topic.created_at,
            updated_at=topic.active_at,
        )
