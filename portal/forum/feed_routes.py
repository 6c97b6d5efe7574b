"""Feeds of what is new in the community and on its boards, for everyone."""

from collections.abc import Callable, Iterator

from flask import Blueprint, current_app, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.actors import VISITOR
from portal.content.extract import excerpt
from portal.core import revisions
from portal.core.db import db
from portal.forum import publication, queries
from portal.forum.models import Board
from portal.forum.paths import FEED_PATH, HOME_PATH, path_of_board, path_of_feed, path_of_topic
from portal.web.atom import SUMMARY_CHARS, Entry, Feed, write_feed
from portal.web.documents import Document, send
from portal.web.fragments import fragments

bp = Blueprint("forum_feeds", __name__, url_prefix="/community")


@bp.get("/feed.atom")
def show_feed() -> ResponseReturnValue:
    """Tell of the newest topics; the feed itself speaks the site's language, each topic its own."""
    g.language = current_app.extensions["settings"].default_language
    return send(_kept(FEED_PATH, lambda: _feed(FEED_PATH, HOME_PATH, _("Community"))))


@bp.get("/<slug>/feed.atom")
def show_board_feed(slug: str) -> ResponseReturnValue:
    """Tell of the newest topics on a board that is for everyone."""
    g.language = current_app.extensions["settings"].default_language
    board = queries.board_for(db.session(), VISITOR, slug)
    path, title = path_of_feed(board), board.name(g.language)
    return send(_kept(path, lambda: _feed(path, path_of_board(board), title, board)))


def _kept(path: str, make: Callable[[], Document]) -> Document:
    return fragments().get(("feed", path, revisions.numbers(db.session(), "forum")), make)


def _feed(path: str, page_path: str, title: str, board: Board | None = None) -> Document:
    entries = list(_entries(board))
    return write_feed(Feed(path=path, page_path=page_path, title=title, language=g.language, entries=entries))


def _entries(board: Board | None) -> Iterator[Entry]:
    for opening in publication.newest_openings(db.session(), board):
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
