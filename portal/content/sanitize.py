"""The one allow-list of elements and attributes, enforced by two independent sanitisers."""

import re
import threading
from collections.abc import MutableMapping
from functools import partial
from html import unescape
from typing import Final

import nh3
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner
from pygments.token import STANDARD_TYPES

from portal.content.code import LANGUAGES

CALLOUTS: Final = ("note", "tip", "important", "warning", "caution")
SCHEMES: Final = frozenset({"http", "https", "mailto"})

_ANY: Final = ".*"
_NUMBER: Final = r"\d{1,4}"
_ANCHOR: Final = {"id": r"h-[\w-]{1,80}"}
_CELL: Final = {"align": "left|center|right", "colspan": _NUMBER, "rowspan": _NUMBER}
_EXTERNAL_REL: Final = "nofollow ugc noopener"
_TOKEN_CLASSES: Final = "|".join(sorted(filter(None, STANDARD_TYPES.values())))
_BARE: Final = (
    "b blockquote br dd del dl dt em hr i ins kbd label mark s samp small strong sub summary sup "
    "table tbody thead tr u ul var wbr"
)

# Element → attribute → the pattern its whole value has to match.
ALLOWED: Final[dict[str, dict[str, str]]] = {
    **{name: {} for name in _BARE.split()},
    **{f"h{level}": _ANCHOR for level in range(2, 7)},
    "a": {"href": _ANY, "title": _ANY, "rel": _EXTERNAL_REL},
    "abbr": {"title": _ANY},
    "code": {"class": f"language-(?:{'|'.join(sorted(LANGUAGES))})"},
    "details": {"open": ""},
    "div": {"class": f"callout callout-(?:{'|'.join(CALLOUTS)})|table-scroll", "tabindex": "0"},
    "img": {"src": _ANY, "alt": _ANY, "title": _ANY, "width": _NUMBER, "height": _NUMBER, "loading": "lazy"},
    "input": {"type": "checkbox", "checked": "", "disabled": ""},
    "li": {"class": "task"},
    "ol": {"start": r"\d{1,9}"},
    "p": {"class": "callout-title"},
    "pre": {"tabindex": "0"},
    "span": {"class": _TOKEN_CLASSES},
    "td": _CELL,
    "th": _CELL | {"scope": "col|row"},
}
# Added by the portal between the two sanitisers, never taken from an author.
_OURS: Final = frozenset({"id", "loading", "rel", "tabindex"})
_FORCED: Final = {
    "img": {"loading": "lazy"},
    "input": {"type": "checkbox", "disabled": ""},
    "pre": {"tabindex": "0"},
}
_VALUES: Final = {
    (tag, name): re.compile(pattern, re.DOTALL)
    for tag, attributes in ALLOWED.items()
    for name, pattern in attributes.items()
}
_SIMPLE_TAG: Final = (
    rf"input type=\"checkbox\" disabled(?: checked)?>|/?(?:h1|{'|'.join(ALLOWED.keys() - {'input'})})"
    r"""(?:\s++[^\s"'<>=/]++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>`]++))?+){0,50}+\s*+/?>"""
)
_COMMENT: Final = "<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->"
_COMMENT_OR_STRAY: Final = re.compile(rf"{_COMMENT}|<(?!{_SIMPLE_TAG})", re.IGNORECASE)
# Letters beyond ASCII end a bare address: a Japanese sentence goes on without a space.
_URL_CHARS: Final = r"[\w.~:/?#@!$&'*+,;=%\[\]-]"
_BARE_URL: Final = re.compile(
    rf"https?://(?:{_URL_CHARS}|\({_URL_CHARS}{{0,200}}+\)){{3,2000}}(?<![.,!?:;'*_~\]])", re.ASCII
)
_OWN_SITE: Final = re.compile(r"[#?.]|/(?![/\\\s])")

_LinkAttributes = MutableMapping[tuple[str | None, str] | str, str]

# A bleach cleaner holds the state of its parser, so each thread has its own.
_local: Final = threading.local()


def simplified(html: str) -> str:
    """HTML in which each `<` begins a complete tag of the list; others are text: no `<your-key>` vanishes.

    What follows can then count tags and know that every parser sees the same.
    """
    return _COMMENT_OR_STRAY.sub(lambda found: "&lt;" if found[0] == "<" else "", html)


def clean(html: str) -> str:
    """What an author may write, with bare URLs linked; headings are still h1 to h6."""
    if not hasattr(_local, "cleaner"):
        _local.cleaner = _make_cleaner()
    cleaned: str = _local.cleaner.clean(html)
    return cleaned


def seal(html: str) -> str:
    """What may leave this package: the same list again, read by another parser."""
    return _SEAL.clean(html)


def _make_cleaner() -> Cleaner:
    linkify = partial(LinkifyFilter, callbacks=[_mark_external], skip_tags={"pre", "code"}, url_re=_BARE_URL)
    return Cleaner(
        tags=ALLOWED.keys() | {"h1"},
        attributes=lambda tag, name, value: name not in _OURS and _is_allowed(tag, name, unescape(value)),
        protocols=SCHEMES,
        filters=[linkify],
    )


def _is_allowed(tag: str, name: str, value: str) -> bool:
    pattern = _VALUES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


def _mark_external(attributes: _LinkAttributes, _is_new: object) -> _LinkAttributes:
    if not _OWN_SITE.match(unescape(attributes.get((None, "href"), "#"))):
        attributes[None, "rel"] = _EXTERNAL_REL
    return attributes


_SEAL: Final = nh3.Cleaner(
    tags=set(ALLOWED),
    attributes={tag: set(attributes) for tag, attributes in ALLOWED.items()},
    attribute_filter=lambda tag, name, value: value if _is_allowed(tag, name, value) else None,
    set_tag_attribute_values=_FORCED,
    url_schemes=set(SCHEMES),
    link_rel=None,
)
