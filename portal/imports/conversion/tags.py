"""Reads the tags in a text, HTML's and components' alike, as a tree."""

import html
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Final

from portal.imports.conversion.page import Page

_BRACES: Final = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_VALUE: Final = rf"""(?:"[^"]*"|'[^']*'|{_BRACES}|[^\s"'<>{{}}=]+)"""
_ATTRIBUTE: Final = re.compile(rf"(?P<name>[:@\w][\w:.@-]*)(?:\s*=\s*(?P<value>{_VALUE}))?|{_BRACES}")
_TAG: Final = re.compile(
    rf"""(?<!\\)<(?P<slash>/?)(?P<name>[A-Za-z][\w.:-]*)"""
    rf"""(?P<attributes>(?:\s+(?:[:@\w][\w:.@-]*(?:\s*=\s*{_VALUE})?|{_BRACES}))*)\s*(?:(?P<void>/)\s*)?>"""
)
_CALL: Final = re.compile(r"""^(?P<name>[\w$.]*)\(\s*["'`](?P<path>[^"'`]*)["'`]\s*\)(?:\.default)?$""")
_SITE_ROOT: Final = re.compile(r"^(?:@site/static)?/*")
VOID: Final = frozenset({"br", "hr", "img", "input", "col", "meta", "link", "source", "embed"})
_CELLS: Final = frozenset({"td", "th"})
_ENDS: Final = {"li": {"li"}, "p": {"p"}, "td": _CELLS, "th": _CELLS, "tr": _CELLS | {"tr"}}


@dataclass(slots=True)
class Text:
    """Text between tags, and the line on which it begins."""

    text: str
    line: int


@dataclass(slots=True)
class Element:
    """A tag with what stands between it and its end; `source` is the tag as written."""

    name: str
    attributes: dict[str, str]
    line: int
    source: str
    children: list["Node"] = field(default_factory=list)

    def attribute(self, *names: str) -> str:
        """Return the first of the attributes that is there and not empty, else an empty string."""
        return next(filter(None, (self.attributes.get(name) for name in names)), "")

    def elements(self, *names: str) -> Iterator["Element"]:
        """Yield the elements of these names inside, in order; not those inside of one."""
        for child in self.children:
            if isinstance(child, Element):
                if child.name in names:
                    yield child
                else:
                    yield from child.elements(*names)


Node = Text | Element


def read_tags(text: str, page: Page, known: Container[str]) -> list[Node]:
    """Return the text as a tree of the elements that have a meaning; any other tag stays text.

    A tag has one when its name is known, or when it is a component: capitalised, and ended.
    """
    tags = list(_TAG.finditer(text))
    tree = Tree(page, known, ended={match["name"] for match in tags if match["slash"]})
    place, after = page.lines(text), 0
    for match in tags:
        tree.add_text(text[after : match.start()], place.at(after))
        _add_tag(tree, match, place.at(match.start()), known)
        after = match.end()
    tree.add_text(text[after:], place.at(after))
    return tree.nodes()


def _add_tag(tree: "Tree", match: re.Match[str], line: int, known: Container[str]) -> None:
    name = match["name"].lower() if match["name"].isupper() else match["name"]
    name = name if name in known else match["name"]
    if match["slash"]:
        tree.end(name, match[0], line)
    else:
        element = Element(name, _attributes(match["attributes"]), line, match[0])
        tree.start(element, is_void=bool(match["void"]))


class Tree:
    """A tree that grows tag by tag; the open elements are a path from its root.

    `known` are the names that have a meaning, `ended` those of which there is an end tag somewhere.
    """

    def __init__(self, page: Page, known: Container[str], *, ended: Container[str]) -> None:
        self._page = page
        self._known = known
        self._ended = ended
        self._open = [Element("", {}, 0, "")]

    def add_text(self, text: str, line: int) -> None:
        """Add text that begins on a line."""
        if text:
            self._open[-1].children.append(Text(text, line))

    def nodes(self) -> list[Node]:
        """Close what is still open and return what there is."""
        self._close_down_to(1)
        return self._open[0].children

    def start(self, element: Element, *, is_void: bool = False) -> None:
        """Open an element; a void one, by its name or by its tag, contains nothing."""
        is_void = is_void or element.name in VOID
        while not is_void and self._open[-1].name in _ENDS.get(element.name, ()):
            self._open.pop()
        may_be_one = self._has_meaning(element) if is_void else self._may_end(element)
        if not may_be_one:
            self.add_text(element.source, element.line)
            return
        self._open[-1].children.append(element)
        if not is_void:
            self._open.append(element)

    def end(self, name: str, source: str, line: int) -> None:
        """Close the nearest open element of a name, and with it those inside."""
        at = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n].name == name), None)
        if at is not None:
            self._close_down_to(at + 1)
            element = self._open.pop()
            if not self._has_meaning(element):
                self._dissolve(element)
                self.add_text(source, line)
        elif name == "br":
            self._break_line(line, source)
        elif name in self._known:
            self._page.drop(line, source)
        else:
            self.add_text(source, line)

    def _break_line(self, line: int, source: str) -> None:
        """Read `</br>` as a line break, unless it ends one."""
        before = self._open[-1].children[-1:]
        if not (before and isinstance(before[0], Element) and before[0].name == "br"):
            self._open[-1].children.append(Element("br", {}, line, source))

    def _close_down_to(self, count: int) -> None:
        while len(self._open) > count:
            element = self._open.pop()
            if element.name not in _ENDS:
                self._dissolve(element)

    def _dissolve(self, element: Element) -> None:
        """Put the content of the last child into its parent, and its tag too if that has no meaning."""
        siblings = self._open[-1].children
        siblings.pop()
        if element.name in self._known:
            self._page.drop(element.line, f"<{element.name}> without end")
        else:
            siblings.append(Text(element.source, element.line))
        siblings += element.children

    def _may_end(self, element: Element) -> bool:
        return element.name in self._known or element.name in self._ended

    def _has_meaning(self, element: Element) -> bool:
        return element.name in self._known or element.name[0].isupper()


def _attributes(source: str) -> dict[str, str]:
    found = (match for match in _ATTRIBUTE.finditer(source) if match["name"])
    return {match["name"].lstrip(":"): _value(match["value"] or "") for match in found}


def _value(source: str) -> str:
    """Return an attribute's value without quotes or braces; of a call that makes an address, the address."""
    value = source.strip()
    if value.startswith("{"):
        value = value[1:-1].strip()
    if value.startswith(("'", '"', "`")):
        value = html.unescape(value[1:-1])
    call = _CALL.match(value.strip())
    if call and ("Base" in call["name"] or call["path"].startswith("@site/static/")):
        return _SITE_ROOT.sub("/", call["path"])
    return call["path"] if call else value
