"""What rendered HTML may hold, written down a second time, and how a browser would read it."""

import re
from typing import Final
from xml.etree.ElementTree import Element

import html5lib

_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_NAMES: Final = (
    "a abbr b blockquote br code dd del details div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img "
    "input ins kbd label li mark ol p pre s samp small span strong sub summary sup table tbody td th thead "
    "tr u ul var video wbr"
)
_ELEMENTS: Final = frozenset(_NAMES.split())
_ATTRIBUTES: Final = {
    "a": {"class", "href", "title", "rel"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "div": {"class", "data-only", "tabindex"},
    "figure": {"class", "data-video"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "img": {"src", "alt", "title", "width", "height", "loading", "decoding"},
    "input": {"type", "checked", "disabled"},
    "li": {"class", "id"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"tabindex"},
    "span": {"class"},
    "sup": {"class", "id"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "video": {"controls", "preload", "src"},
}
_CLASS: Final = re.compile(
    r"callout callout-(note|tip|important|warning|caution)|callout-title|table-scroll|task"
    r"|elsewhere|footnote|footnote-back|footnotes|video|language-[a-z]+|[a-z]{1,3}[0-9]?"
)
_ID: Final = re.compile(r"(post-[0-9]+-)?(h-.+|fn-[0-9]+|fnref-[0-9]+)")
_ONLY: Final = re.compile(r"plan:[a-z0-9,-]+|(since|before):[0-9.]+")
_VIDEO: Final = re.compile(
    r"youtube:[\w-]{11}|vimeo:[0-9]+(/[0-9a-f]+)?|file:/files/[\w-]+\.(mp4|webm)", re.ASCII
)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def violations(html: str) -> list[str]:
    """Everything in the HTML that is not allowed, as a browser's parser finds it."""
    root = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=True)
    return [problem for element in root.iter() if element is not root for problem in _problems(element)]


def loaded_from_elsewhere(html: str) -> list[str]:
    """Every address of another site that a browser would ask for something when it shows the HTML."""
    root = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=True)
    sources = [element.get("src", "") for element in root.iter()]
    return [
        source for source in sources if re.match(r"https?:|//", _as_browsers_read(source).replace("\\", "/"))
    ]


def _problems(element: Element) -> list[str]:
    name = str(element.tag).removeprefix(_XHTML)  # Comments have a function for a tag.
    if name not in _ELEMENTS:
        return [f"<{name}>"]
    found = [f"<{name} {key}>" for key in set(element.keys()) - _ATTRIBUTES.get(name, set())]
    found += [f"{key}={url!r}" for key in ("href", "src") if not _is_safe_url(url := element.get(key, ""))]
    if not _CLASS.fullmatch(element.get("class", "k")):
        found.append(f"class={element.get('class')!r}")
    for key, allowed in (("id", _ID), ("data-only", _ONLY), ("data-video", _VIDEO)):
        if (value := element.get(key)) is not None and not allowed.fullmatch(value):
            found.append(f"{key}={value!r}")
    if name == "video" and not re.fullmatch(r"/files/[\w-]+\.(mp4|webm)", element.get("src", "/files/a.mp4")):
        found.append("a video of another site")
    if name == "input" and (element.get("type"), element.get("disabled")) != ("checkbox", ""):
        found.append("an input that works")
    return found


def _is_safe_url(url: str) -> bool:
    """Whether a browser would follow only http, https, mailto or a path."""
    scheme = _SCHEME.match(_as_browsers_read(url))
    return scheme is None or scheme[1].lower() in {"http", "https", "mailto"}


def _as_browsers_read(url: str) -> str:
    return re.sub(r"[\t\n\r]", "", url).lstrip("".join(map(chr, range(33)))).lower()
