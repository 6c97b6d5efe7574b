"""Feeds of what is new in the knowledge base, for everyone."""

from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts.actors import VISITOR
from portal.content.extract import excerpt
from portal.core import revisions
from portal.core.db import db
from portal.knowledge import queries
from portal.knowledge.paths import (
    path_of_article,
    path_of_help,
    path_of_help_feed,
    path_of_section,
    path_of_section_feed,
)
from portal.knowledge.reading import publication
from portal.knowledge.reading.routes import speak_language_of_address
from portal.web.atom import SUMMARY_CHARS, Entry, Feed, write_feed
from portal.web.documents import Document, send
from portal.web.fragments import fragments

bp = Blueprint("knowledge_feeds", __name__, url_prefix="/help")
bp.url_value_preprocessor(speak_language_of_address)


@bp.get("/<language>/feed.atom")
def show_feed() -> ResponseReturnValue:
    """Tell of the articles in a language that changed last."""
    language = str(get_locale())
    path = path_of_help_feed(language)
    return send(_kept(path, lambda: _feed(path, path_of_help(language), _("Help"), language)))


@bp.get("/<language>/<slug>/feed.atom")
def show_section_feed(slug: str) -> ResponseReturnValue:
    """Tell of the articles in a section and below it that changed last."""
    language = str(get_locale())
    path, page_path = path_of_section_feed(slug, language=language), path_of_section(slug, language=language)

    def make() -> Document:
        node = queries.section_for(db.session(), VISITOR, slug, language=language).node
        if node.section.slug != slug:
            abort(redirect(path_of_section_feed(node.section.slug, language=language), 301))
        ids = [below.section.id for _above, below in node.walk()]
        return _feed(path, page_path, node.section.name(language), language, section_ids=ids)

    return send(_kept(path, make))


def _kept(path: str, make: Callable[[], Document]) -> Document:
    return fragments().get(("feed", path, revisions.numbers(db.session(), "knowledge")), make)


def _feed(
    path: str, page_path: str, title: str, language: str, *, section_ids: Iterable[int] | None = None
) -> Document:
    entries = list(_entries(language, section_ids))
    return write_feed(Feed(path=path, page_path=page_path, title=title, language=language, entries=entries))


def _entries(language: str, section_ids: Iterable[int] | None) -> Iterator[Entry]:
    for text in publication.newest_texts(db.session(), language=language, section_ids=section_ids):
        yield Entry(
            id_path=f"/help/articles/{text.article_id}#{language}",
            path=path_of_article(text.article_id, text.slug, language=language),
            title=text.title,
            language=language,
            summary=text.summary or excerpt(text.body_text, SUMMARY_CHARS),
            published_at=text.published_at or text.updated_at,
            updated_at=text.updated_at,
        )
