"""Atom feeds.

Source: RFC 4287, The Atom Syndication Format.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element

from flask import current_app

from portal.web.cards import absolute, titled
from portal.web.documents import Document, add, timestamp, write

MEDIA_TYPE: Final = "application/atom+xml"
SUMMARY_CHARS: Final = 400
_NOTHING_YET: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One text of a feed; `id_path` is an address that stays when its title changes.

    `author` is None when the site itself speaks.
    """

    id_path: str
    path: str
    title: str
    language: str
    summary: str
    author: str | None = None
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The newest texts of a page."""

    path: str
    page_path: str
    title: str
    language: str
    entries: Sequence[Entry]


def write_feed(feed: Feed) -> Document:
    """Write a feed."""
    changed_at = max((entry.updated_at for entry in feed.entries), default=None)
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": feed.language})
    add(root, "id", absolute(feed.path))
    add(root, "title", titled(feed.title))
    add(root, "updated", timestamp(changed_at or _NOTHING_YET))
    add(root, "link", rel="self", type=MEDIA_TYPE, href=absolute(feed.path))
    add(root, "link", rel="alternate", type="text/html", href=absolute(feed.page_path))
    add(add(root, "author"), "name", current_app.extensions["settings"].site_name)
    for entry in feed.entries:
        _add_entry(root, entry)
    return Document(body=write(root), media_type=MEDIA_TYPE, changed_at=changed_at)


def _add_entry(feed: Element, entry: Entry) -> None:
    element = add(feed, "entry", **{"xml:lang": entry.language})
    add(element, "id", absolute(entry.id_path))
    add(element, "title", entry.title)
    add(element, "link", rel="alternate", type="text/html", href=absolute(entry.path))
    add(element, "published", timestamp(entry.published_at))
    add(element, "updated", timestamp(entry.updated_at))
    if entry.author:
        add(add(element, "author"), "name", entry.author)
    if entry.summary:
        add(element, "summary", entry.summary)
