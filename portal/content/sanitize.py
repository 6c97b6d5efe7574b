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

from portal.content import variants, videos
from portal.content.code import LANGUAGES

CALLOUTS: Final = ("note", "tip", "important", "warning", "caution")
SCHEMES: Final = frozenset({"http", "https", "mailto"})

_ANY: Final = ".*"
_NUMBER: Final = r"\d{1,4}"
_PREFIX: Final = r"(?:post-\d{1,9}-)?"
_ANCHOR: Final = {"id": rf"{_PREFIX}h-[\w-]{{1,80}}"}
_CELL: Final = {"align": "left|center|right", "colspan": _NUMBER, "rowspan": _NUMBER}
EXTERNAL_REL: Final = "nofollow ugc noopener"
_TOKEN_CLASSES: Final = "|".join(sorted(filter(None, STANDARD_TYPES.values())))
_BARE: Final = (
    "b blockquote br dd del dl dt em hr i ins kbd label mark s samp small strong sub summary "
    "table tbody thead tr u ul var wbr"
)

# Element → attribute → the pattern its whole value has to match.
ALLOWED: Final[dict[str, dict[str, str]]] = {
    **{name: {} for name in _BARE.split()},
    **{f"h{level}": _ANCHOR for level in range(2, 7)},
    "a": {"class": "elsewhere|footnote-back", "href": _ANY, "title": _ANY, "rel": EXTERNAL_REL},
    "abbr": {"title": _ANY},
    "code": {"class": f"language-(?:{'|'.join(sorted(LANGUAGES))})"},
    "details": {"open": ""},
    "div": {
        "class": f"callout callout-(?:{'|'.join(CALLOUTS)})|footnotes|table-scroll",
        "data-only": variants.CONDITION,
        "tabindex": "0",
    },
    "figcaption": {},
    "figure": {"class": "video", "data-video": videos.NAME},
    "img": {
        "src": _ANY,
        "alt": _ANY,
        "title": _ANY,
        "width": _NUMBER,
        "height": _NUMBER,
        "loading": "lazy",
        "decoding": "async",
    },
    "input": {"type": "checkbox", "checked": "", "disabled": ""},
    "li": {"class": "task", "id": rf"{_PREFIX}fn-\d{{1,5}}"},
    "ol": {"start": r"\d{1,9}"},
    "p": {"class": "callout-title"},
    "pre": {"tabindex": "0"},
    "span": {"class": _TOKEN_CLASSES},
    "sup": {"class": "footnote", "id": rf"{_PREFIX}fnref-\d{{1,5}}"},
    "td": _CELL,
    "th": _CELL | {"scope": "col|row"},
    "video": {"controls": "", "preload": "none", "src": videos.FILE},
}
# Added by the portal between the two sanitisers, never taken from an author.
_OUR_ELEMENTS: Final = frozenset({"figcaption", "figure", "video"})
_OURS: Final = frozenset({"decoding", "id", "loading", "rel", "tabindex", ("a", "class"), ("sup", "class")})
AUTHORS_ELEMENTS: Final = ALLOWED.keys() - _OUR_ELEMENTS | {"h1"}
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
    rf"input type=\"checkbox\" disabled(?: checked)?>|/?(?:{'|'.join(AUTHORS_ELEMENTS - {'input'})})"
    r"""(?:\s++[^\s"'<>=/]++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>`]++))?+){0,50}+\s*+/?>"""
)
_COMMENT: Final = "<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->"
_COMMENT_OR_STRAY: Final = re.compile(rf"{_COMMENT}|<(?!{_SIMPLE_TAG})", re.IGNORECASE)
# Letters beyond ASCII end a bare address: a Japanese sentence goes on without a space.
_URL_CHARS: Final = r"[\w.~:/?#@!$&'*+,;=%\[\]-]"
_BARE_URL: Final = re.compile(
    rf"https?://(?:{_URL_CHARS}|\({_URL_CHARS}{{0,200}}+\)){{3,2000}}(?<![.,!?:;'*_~\]])", re.ASCII
)
OWN_SITE: Final = re.compile(r"[#?.]|/(?![/\\\s])")

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
        tags=AUTHORS_ELEMENTS,
        attributes=_is_an_authors,
        protocols=SCHEMES,
        filters=[linkify],
    )


def _is_an_authors(tag: str, name: str, value: str) -> bool:
    return _OURS.isdisjoint({name, (tag, name)}) and _is_allowed(tag, name, unescape(value))


def _is_allowed(tag: str, name: str, value: str) -> bool:
    pattern = _VALUES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


def _mark_external(attributes: _LinkAttributes, _is_new: object) -> _LinkAttributes:
    if not OWN_SITE.match(unescape(attributes.get((None, "href"), "#"))):
        attributes[None, "rel"] = EXTERNAL_REL
    return attributes


_SEAL: Final = nh3.Cleaner(
    tags=set(ALLOWED),
    attributes={tag: set(attributes) for tag, attributes in ALLOWED.items()},
    attribute_filter=lambda tag, name, value: value if _is_allowed(tag, name, value) else None,
    set_tag_attribute_values=_FORCED,
    url_schemes=set(SCHEMES),
    link_rel=None,
)
