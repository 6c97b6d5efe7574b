"""What rendered HTML may hold, written down a second time, and how a browser would read it."""

import re
from typing import Final
from xml.etree.ElementTree import Element

import html5lib

_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_NAMES: Final = (
    "a abbr b blockquote br code dd del details div dl dt em h2 h3 h4 h5 h6 hr i img input ins kbd label li "
    "mark ol p pre s samp small span strong sub summary sup table tbody td th thead tr u ul var wbr"
)
_ELEMENTS: Final = frozenset(_NAMES.split())
_ATTRIBUTES: Final = {
    "a": {"href", "title", "rel"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "div": {"class", "tabindex"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "input": {"type", "checked", "disabled"},
    "li": {"class"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
}
_CLASS: Final = re.compile(
    r"callout callout-(note|tip|important|warning|caution)|callout-title|table-scroll|task"
    r"|language-[a-z]+|[a-z]{1,3}[0-9]?"
)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def violations(html: str) -> list[str]:
    """Everything in the HTML that is not allowed, as a browser's parser finds it."""
    root = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=True)
    return [problem for element in root.iter() if element is not root for problem in _problems(element)]


def _problems(element: Element) -> list[str]:
    name = str(element.tag).removeprefix(_XHTML)  # Comments have a function for a tag.
    if name not in _ELEMENTS:
        return [f"<{name}>"]
    found = [f"<{name} {key}>" for key in set(element.keys()) - _ATTRIBUTES.get(name, set())]
    found += [f"{key}={url!r}" for key in ("href", "src") if not _is_safe_url(url := element.get(key, ""))]
    if not _CLASS.fullmatch(element.get("class", "k")):
        found.append(f"class={element.get('class')!r}")
    if not element.get("id", "h-x").startswith("h-"):
        found.append(f"id={element.get('id')!r}")
    if name == "input" and (element.get("type"), element.get("disabled")) != ("checkbox", ""):
        found.append("an input that works")
    return found


def _is_safe_url(url: str) -> bool:
    """Whether a browser, which drops control characters, would follow only http, https, mailto or a path."""
    seen = re.sub(r"[\t\n\r]", "", url).lstrip("".join(map(chr, range(33))))
    scheme = _SCHEME.match(seen)
    return scheme is None or scheme[1].lower() in {"http", "https", "mailto"}
