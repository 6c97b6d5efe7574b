"""Readers of what pages, feeds and sitemaps tell machines."""

import json
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

BASE: Final = "http://127.0.0.1:5000"
ATOM: Final = "{http://www.w3.org/2005/Atom}"
SITEMAP: Final = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def xml_of(answer: TestResponse) -> Element:
    """Parse an answer as XML."""
    assert answer.status_code == 200
    return ET.fromstring(answer.data)  # noqa: S314  # Written by the site under test.


@dataclass(frozen=True)
class Head:
    """What the head of a page tells: links as (rel, hreflang or type, href), metas and JSON-LD by type."""

    links: frozenset[tuple[str, str, str]]
    metas: dict[str, list[str]]
    things: dict[str, dict[str, Any]]

    @property
    def is_for_robots(self) -> bool:
        """Whether search engines may keep the page."""
        return "noindex" not in self.metas.get("robots", [])

    def of(self, rel: str, kind: str = "") -> list[str]:
        """Return the addresses of one kind of link."""
        return sorted(href for found, what, href in self.links if (found, what) == (rel, kind))


def head_of(html: str) -> Head:
    """Read the head of a page."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    links = {
        (item.get("rel", ""), item.get("hreflang", "") or item.get("type", ""), item.get("href", ""))
        for item in tree.iter("link")
    }
    metas: dict[str, list[str]] = {}
    for item in tree.iter("meta"):
        name = item.get("name") or item.get("property")
        metas.setdefault(name or "", []).append(item.get("content", ""))
    data = [item.text or "" for item in tree.iter("script") if item.get("type") == "application/ld+json"]
    things = [thing for text in data for thing in json.loads(text)["@graph"]]
    return Head(frozenset(links), metas, {thing["@type"]: thing for thing in things})
