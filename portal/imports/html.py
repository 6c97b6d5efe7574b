"""HTML, as other products keep their articles, to plain Markdown.

The parser of the standard library reads it, and the writers of `conversion` say each element in Markdown, as
they do for the HTML in Markdown files.
"""

import colorsys
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final

from portal.imports.conversion.code import fenced, span
from portal.imports.conversion.elements import BLOCKS, INLINES
from portal.imports.conversion.headings import Outline, put_in_order
from portal.imports.conversion.lists import reflow
from portal.imports.conversion.page import ANCHOR, BLOCK, INLINE, NOT_TEXT, Page
from portal.imports.conversion.placeholders import mustaches_to_code
from portal.imports.conversion.tags import VOID, Element, Tree
from portal.imports.conversion.writing import Handler, Scope, write, write_block

_LEFT_OUT: Final = frozenset({"head", "noscript", "object", "script", "style", "svg", "template"})
_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_SPECIAL: Final = re.compile(r"(?P<url>https?://[^\s<>]+)|(?<!\w)_|_(?!\w)|[\\`*\[\]]|~(?=~)|<|&(?=#?\w+;)")
_BEGINS_BLOCK: Final = re.compile(r"(?P<number>\d{1,9})(?=[.)](?:\s|$))|(?=[-+>|]|#{1,6}(?:\s|$)|:::|=+\s*$)")
_ENTITIES: Final = {"<": "&lt;", "&": "&amp;"}
_NOTHING_BETWEEN: Final = re.compile(r"(?<![\\*])\*{4}(?!\*)")
_LANGUAGE: Final = re.compile(r"(?:language|lang|brush|highlight-source)[-:]\s*([\w#+.-]+)")
_COLOR: Final = re.compile(r"border-color:\s*#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
_LAZY_SOURCES: Final = ("data-original-src", "data-src", "data-lazy-src", "src")
_SYSTEMS: Final = {"win": "Windows", "mac": "macOS", "linux": "Linux", "ios": "iOS", "android": "Android"}

# What a class makes of an element that has no meaning of its own.
_NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("note", "info", "callout"), "Note"),
    **dict.fromkeys(("tip", "hint", "success"), "Tip"),
    **dict.fromkeys(("warning", "caution"), "Warning"),
    **dict.fromkeys(("danger", "error"), "Danger"),
    "important": "Important",
    "for": "For",
    "key": "kbd",
    **dict.fromkeys(("menu", "button"), "strong"),
    **dict.fromkeys(("filepath", "pref"), "code"),
}
_OF_BLOCKS: Final = frozenset({"Note", "Tip", "Warning", "Danger", "Important", "For"})
_OF_SPANS: Final = frozenset({"kbd", "strong", "code", "For"})
_CLASS_WORD: Final = re.compile(r"[a-z]+")
# The hues, in degrees from red, of the colours that warn of more and more.
_GREEN, _YELLOW, _RED = range(80, 170), range(30, 80), (*range(330, 361), *range(30))


def html_to_markdown(html: str, page: Page, *, title: str) -> Outline:
    """Convert an article's HTML; the result still has tokens for its code and for where its links lead.

    Raises:
        RecursionError: it is nested too deeply.
    """
    reader = _Reader(page)
    reader.feed(html.translate(NOT_TEXT))
    reader.close()
    nodes = reader.tree.nodes()
    markdown = write(nodes, Scope(page=page, blocks=_BLOCKS, inlines=_INLINES, is_mdx=False))
    return put_in_order(reflow(_NOTHING_BETWEEN.sub("", markdown)), page, title)


class _Every:
    """Every name of an element has a meaning: if only that its content stays."""

    def __contains__(self, name: object) -> bool:
        return True


class _Reader(HTMLParser):
    """Grows a tree from HTML: text between tags is escaped, and code is set aside."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.tree = Tree(page, _Every(), ended=_Every())
        self._page = page
        self._names: list[tuple[str, str]] = []
        self._text = ""
        self._text_line = 1
        self._code: list[str] | None = None
        self._language = ""
        self._left_out_from: int | None = None
        self._begins_block = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        attributes = {name: value or "" for name, value in attrs}
        if self._left_out_from is not None:
            self._names.append((tag, ""))
        elif construct := _left_out(tag, attributes):
            self._flush(is_block=True)
            self._page.drop(self._line, construct)
            self._left_out_from = len(self._names)
            self._names.append((tag, ""))
        elif self._code is not None:
            self._in_code(tag, attributes)
        else:
            self._open(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of the tag's name, with those that were left open inside."""
        at = next((n for n in range(len(self._names) - 1, -1, -1) if self._names[n][0] == tag), None)
        if at is None:
            return
        name = self._names[at][1]
        del self._names[at:]
        if self._left_out_from is not None:
            self._left_out_from = self._left_out_from if at > self._left_out_from else None
        elif name in {"pre", "code"}:
            self._end_code(name)
        elif self._code is None and name:
            self._flush(is_block=name in _BLOCKS)
            self.tree.end(name, f"</{tag}>", self._line)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<br/>` as `<br>`; of an element that could contain something, nothing is left."""
        self.handle_starttag(tag, attrs)
        if self._names and self._names[-1][0] == tag:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        """Keep text until the next tag."""
        if self._code is not None:
            self._code.append(data)
        elif self._left_out_from is None:
            self._text_line = self._text_line if self._text else self._line
            self._text += data

    def close(self) -> None:
        """End the last text."""
        super().close()
        if self._code is not None:
            self._end_code("pre")
        self._flush(is_block=True)

    @property
    def _line(self) -> int:
        return self.getpos()[0]

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        name = _name(tag, attributes)
        self._flush(is_block=name in _BLOCKS or name in {"pre", "br"})
        if name in {"pre", "code"}:
            self._names.append((tag, name))
            self._code, self._language = [], _language(attributes)
            return
        anchor = attributes.get("id")
        if anchor and name not in _NAMED:
            self.tree.add_text(self._page.set_aside(ANCHOR, anchor), self._line)
        if name == "img":
            source = next((attributes[key] for key in _LAZY_SOURCES if attributes.get(key)), "")
            attributes = {**attributes, "src": source}
        element = Element(name, attributes, self._line, self.get_starttag_text() or "")
        self.tree.start(element, is_void=name in _VOID)
        if name not in _VOID:
            self._names.append((tag, name))

    def _in_code(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "br" and self._code is not None:
            self._code.append("\n")
        elif tag not in _VOID:
            self._names.append((tag, ""))
        self._language = self._language or _language(attributes)

    def _end_code(self, name: str) -> None:
        code = "".join(self._code or [])
        self._code = None
        if name == "pre" and code.strip():
            block = fenced(code.strip("\n").replace("\u00a0", " "), self._language)
            self.tree.add_text(f"\n\n{self._page.set_aside(BLOCK, block)}\n\n", self._line)
            self._begins_block = True
        elif words := " ".join(code.split()):
            self.tree.add_text(self._page.set_aside(INLINE, span(words)), self._line)
            self._begins_block = False

    def _flush(self, *, is_block: bool) -> None:
        """Put the text read so far into the tree; beside a block, its outer spaces say nothing."""
        text = _SPACE.sub(" ", self._text)
        text = text.lstrip(" ") if self._begins_block else text
        text = text.rstrip(" ") if is_block else text
        if text:
            words = mustaches_to_code(text, self._page)
            self.tree.add_text(_escaped(words, begins_block=self._begins_block), self._text_line)
        self._text = ""
        self._begins_block = is_block or (self._begins_block and not text)


def _escaped(text: str, *, begins_block: bool) -> str:
    """Return text in which nothing is a mark of Markdown."""

    def escape(match: re.Match[str]) -> str:
        return match["url"] or _ENTITIES.get(match[0]) or f"\\{match[0]}"

    text = _SPECIAL.sub(escape, text)
    start = _BEGINS_BLOCK.match(text) if begins_block else None
    return f"{start['number'] or ''}\\{text[start.end() :]}" if start else text


def _name(tag: str, attributes: Mapping[str, str]) -> str:
    """Return what an element is, by its tag or else by its classes."""
    if tag not in {"div", "p", "section", "aside", "blockquote", "span"}:
        return tag
    known = _OF_SPANS if tag == "span" else _OF_BLOCKS
    words = _CLASS_WORD.findall(attributes.get("class", "").lower())
    names = [name for word in words if (name := _NAMES.get(word)) in known]
    if "callout" in words and names == ["Note"]:
        return _by_color(attributes.get("style", ""))
    return names[-1] if names else tag


def _left_out(tag: str, attributes: Mapping[str, str]) -> str:
    """Return what to call an element that is left out with its content, an empty string if it is kept."""
    return f"<{tag}>" if tag in _LEFT_OUT else "[[toc]]" if attributes.get("id") == "toc" else ""


def _by_color(style: str) -> str:
    """Return the kind of a box that only its colour tells."""
    color = _COLOR.search(style)
    if not color:
        return "Note"
    red, green, blue = (int(part, 16) / 255 for part in color.groups())
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    degrees = round(hue * 360) if saturation else -1
    kinds = (("Tip", _GREEN), ("Warning", _YELLOW), ("Danger", _RED))
    return next((name for name, hues in kinds if degrees in hues), "Note")


def _language(attributes: Mapping[str, str]) -> str:
    named = attributes.get("data-language") or attributes.get("data-lang")
    found = _LANGUAGE.search(attributes.get("class", ""))
    return named or (found[1] if found else "")


def _condition(element: Element, scope: Scope) -> str:
    """Say for which system or version a part is, where the source would have shown it to its users alone."""
    scope.page.drop(element.line, "part for one system or version")
    names = (name.strip() for name in element.attribute("data-for").split(","))
    label = ", ".join(_SYSTEMS.get(name, name) for name in names)
    if element.source.startswith("<div"):
        return f"**{label}**\n\n{write_block(element, scope)}"
    content = write(element.children, scope)
    return f" {content.strip()} ({label})" if content.strip() else content


_VOID: Final = VOID | {"area", "wbr"}
_NAMED: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "a", "details"})
_BLOCKS: Final[Mapping[str, Handler]] = {
    **BLOCKS,
    **dict.fromkeys(("html", "body", "header", "footer", "aside", "nav", "hgroup"), BLOCKS["section"]),
}
_INLINES: Final[Mapping[str, Handler]] = {
    **INLINES,
    **dict.fromkeys(("wbr", "area", "meta", "link"), INLINES["col"]),
    "picture": INLINES["u"],
    "For": _condition,
}
