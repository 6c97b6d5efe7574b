"""Where the links, pictures and videos of a rendered text lead, as far as they stay on the site."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from portal.accounts.audience import Audience, all_belong
from portal.knowledge.upkeep.models import Fault

_ELEMENT: Final = re.compile(r'<(a|img|video|h[2-6])((?: [\w-]+="[^"]*")*)>')
_ATTRIBUTE: Final = re.compile(r' (href|src|id)="([^"]*)"')
_ON_EVERY_PAGE: Final = re.compile(r"|top|main|helpful|fn(?:ref)?-\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """An address as it is `written`, and what it names on the site: a path, and an anchor there or none.

    `place` is the anchor of the heading above it, empty above the first.
    """

    written: str
    path: str
    anchor: str
    place: str
    is_media: bool


def references(html: str, *, here: str, site: str) -> Iterator[Reference]:
    """Yield what a rendered text refers to on its site; `here` is its own path, `site` the site's address."""
    place, host = "", urlsplit(site).netloc
    for tag, attributes in _ELEMENT.findall(html):
        named = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        if tag.startswith("h"):
            place = named.get("id", place)
            continue
        written = named.get("href" if tag == "a" else "src")
        if written is None:
            continue
        try:
            address = urlsplit(urljoin(f"{site}{here}", written))
        except ValueError:
            continue
        if address.netloc == host:
            yield Reference(
                written=written,
                path=unquote(address.path) or "/",
                anchor=unquote(address.fragment),
                place=place,
                is_media=tag != "a",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """What an address leads to: whom it is for, which is nobody when it was withdrawn.

    `anchors` are those of an article's texts by language, None where nobody looks at them; `language` is the
    one that the address names, None for the reader's own.
    """

    audience: Audience
    anchors: Mapping[str, Collection[str]] | None = None
    language: str | None = None

    def has(self, anchor: str, language: str) -> bool:
        """Tell whether there is such an anchor for those who read in a language."""
        if self.anchors is None or _ON_EVERY_PAGE.fullmatch(anchor):
            return True
        wanted = self.language or language
        shown = min(self.anchors, key=lambda code: (code != wanted, code))
        return anchor in self.anchors[shown]


def fault_of(
    reference: Reference,
    landing: Landing | None,
    *,
    language: str,
    readers: Audience,
    plans: Mapping[str, str],
) -> Fault | None:
    """Tell what is wrong with a reference in a text, given its language and its readers; None if nothing."""
    if landing is None:
        return Fault.MEDIA_MISSING if reference.is_media else Fault.MISSING
    if not landing.audience:
        return Fault.WITHDRAWN
    if not all_belong(readers, landing.audience, plans):
        return Fault.HIDDEN
    return None if landing.has(reference.anchor, language) else Fault.ANCHOR_GONE
