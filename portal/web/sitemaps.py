"""Sitemaps, and an index over several of them.

Source: the protocol of sitemaps.org; Google's `xhtml:link` elements for the same page in other languages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

from portal.web.cards import absolute
from portal.web.documents import Document, add, timestamp, write

MEDIA_TYPE: Final = "application/xml"
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A page that search engines may list; `changed_at` is None if nobody knows.

    `alternates` holds its address in each language, its own included; empty if it has no other.
    """

    path: str
    changed_at: datetime | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)


def write_sitemap(pages: Iterable[Listed]) -> Document:
    """Write one sitemap."""
    root = Element("urlset", {"xmlns": _NAMESPACE, "xmlns:xhtml": "http://www.w3.org/1999/xhtml"})
    newest: datetime | None = None
    for page in pages:
        url = add(root, "url")
        add(url, "loc", absolute(page.path))
        if page.changed_at:
            add(url, "lastmod", timestamp(page.changed_at))
            newest = max(newest or page.changed_at, page.changed_at)
        for language, path in page.alternates.items():
            add(url, "xhtml:link", rel="alternate", hreflang=language, href=absolute(path))
    return Document(body=write(root), media_type=MEDIA_TYPE, changed_at=newest)


def write_index(paths: Iterable[str]) -> Document:
    """Write the index over sitemaps."""
    root = Element("sitemapindex", {"xmlns": _NAMESPACE})
    for path in paths:
        add(add(root, "sitemap"), "loc", absolute(path))
    return Document(body=write(root), media_type=MEDIA_TYPE, changed_at=None)
