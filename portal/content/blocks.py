"""Markdown as people write it, laid out as Python-Markdown reads it.

Python-Markdown wants four spaces for each level of a list and a blank line before most blocks, and
knows code fences and HTML only at the margin. People write as GitHub reads: two spaces, no blank
lines, code and callouts inside lists and quotations. This module finds the blocks by GitHub's rules,
in time that grows with the text's length, and writes them out so that both agree.

A callout is a quotation that begins with `[!NOTE]`, `[!TIP]`, `[!IMPORTANT]`, `[!WARNING]` or
`[!CAUTION]`; a title may follow on the same line. Without one the style sheet names the callout in
the reader's language. Lines between `:::only …` and `:::` go into a box that says whom they are for, and
what a footnote says is kept apart.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Final

from portal.content.code import CodeBlocks
from portal.content.footnotes import LABEL, Footnotes
from portal.content.guard import MAX_NESTING, TooComplexError
from portal.content.sanitize import CALLOUTS
from portal.content.variants import condition_of

_BLOCK: Final = re.compile(
    rf"""
    (?P<indent>\ {{0,3}})(?:
      (?P<fence>(?P<mark>`{{3,}}(?=[^`]*$)|~{{3,}})\ *\{{?\.?(?P<language>[\w+#-]*).*)
    | (?P<quote>>\ ?)
    | (?P<footnote>\[\^(?P<label>{LABEL})\]:\ ?)
    | (?P<only>:::(?:only\ +(?P<terms>.*)|\ *)$)
    | (?P<heading>(?P<level>\#{{1,6}})(?P<title>(?:\ .*)?)$)
    | (?P<hashtag>\#)
    | (?P<rule>(?P<stroke>[-*_])(?:\ *(?P=stroke)){{2,}}\ *$)
    | (?P<item>(?P<marker>[-+*]|(?P<number>\d{{1,9}})[.)])(?P<gap>\ +(?=\S)|\ *$))
    | (?P<html><(?:!--|/?(?P<tag>blockquote|details|div|dd|dl|dt|h[1-6]|hr|li|ol|p|pre|script|style
                              |summary|table|tbody|td|th|thead|tr|ul)(?=[\s/>]|$)))
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONTAINER: Final = re.compile(r">|[-+*] |\d+\. ")
_MAY_INTERRUPT: Final = re.compile(r" *(?:[-+*]|1[.)]) +\S")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+) *$")
_DELIMITER_ROW: Final = re.compile(r" {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$")
_CALLOUT: Final = re.compile(rf"\[!({'|'.join(CALLOUTS)})\] *(.*)", re.IGNORECASE)
_KEEP_BLANK_LINES: Final = frozenset({"pre", "script", "style"})
_INDENT: Final = " " * 4


class Layout:
    """Lays out one container of blocks: the document, a quotation or the item of a list."""

    def __init__(
        self,
        lines: list[str],
        *,
        stash: Callable[[str], str],
        code: CodeBlocks,
        notes: Footnotes,
        nesting: int = 0,
        in_item: bool = False,
    ) -> None:
        if nesting > MAX_NESTING:
            raise TooComplexError
        self._lines = lines
        self._stash = stash
        self._code = code
        self._notes = notes
        self._nesting = nesting
        self._in_item = in_item
        self._at = 0
        self._out: list[str] = []
        self._list = ""
        self._open_boxes = 0

    def run(self) -> list[str]:
        """The lines to give to Python-Markdown; the HTML of code, callouts and authors is in the stash.

        Raises:
            TooComplexError: blocks are nested too deeply.
        """
        while self._at < len(self._lines):
            line = self._next()
            if block := _BLOCK.match(line):
                self._block(line, block)
            else:
                self._text(line)
        while self._open_boxes:
            self._close_box()
        return _trimmed(self._out)

    def _block(self, line: str, block: re.Match[str]) -> None:
        match block.lastgroup:
            case "fence":
                self._fence(block)
            case "quote":
                self._quote(line[block.end() :])
            case "footnote":
                self._notes.define(block["label"], self._nested(self._item_lines(line[block.end() :], 2)))
            case "only":
                self._only(line, block["terms"])
            case "heading":
                self._heading(block["level"], block["title"].strip())
            case "rule" if not self._underlines(line):
                self._apart(block["stroke"] * 3)
            case "item" if not self._in_paragraph() or _MAY_INTERRUPT.match(line):
                self._item(line, block)
            case "html":
                self._html(line, (block["tag"] or "").lower())
            case "hashtag":
                self._text(line.replace("#", r"\#", 1))
            case _:
                self._text(line)

    def _heading(self, level: str, title: str) -> None:
        text = title.rstrip("#")
        if text and not text.endswith((" ", "\\")):
            text += title[len(text) :].replace("#", r"\#")
        elif text.endswith("\\"):
            text = title
        self._apart(f"{level} {text.strip()}")

    def _text(self, line: str) -> None:
        if line and (self._list or self._begins_table(line)):
            self._gap()
        if self._underlines(line):
            self._out += [line.strip(), ""]
        else:
            self._out.append(line)
        self._list = ""

    def _item(self, line: str, block: re.Match[str]) -> None:
        column = block.end() if 0 < len(block["gap"]) <= len(_INDENT) else block.end("marker") + 1
        inner = self._nested(self._item_lines(line[column:], column), in_item=True)
        if not inner or (len(inner) > 1 and _CONTAINER.match(inner[0])):
            inner = [self._stash("<!-- -->"), *([""] if inner else []), *inner]
        first, *rest = inner
        marker = f"{block['number']}." if block["number"] else block["marker"]
        kind = "ordered" if block["number"] else "bullets"
        is_loose = "" in inner
        if is_loose or self._list not in {"", kind} or (self._in_paragraph() and not self._in_item):
            self._gap()
        self._out.append(f"{marker} {first}")
        self._out += [_INDENT + line if line else "" for line in rest]
        self._list = kind
        if is_loose:
            self._gap()

    def _item_lines(self, first: str, column: int) -> list[str]:
        """Take the lines of an item, given the text of its first and the column where that begins."""
        taken = [first]
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line or _indentation(line) >= column:
                taken.append(line[column:])
            elif _goes_on(taken[-1], line):
                taken.append(line.strip())
            else:
                break
            self._at += 1
        while len(taken) > 1 and not taken[-1]:
            taken.pop()
            self._at -= 1
        return taken

    def _quote(self, first: str) -> None:
        quoted = [first]
        while self._at < len(self._lines):
            line = self._lines[self._at]
            block = _BLOCK.match(line)
            if block and block.lastgroup == "quote":
                quoted.append(line[block.end() :])
            elif _goes_on(quoted[-1], line):
                quoted.append(line)
            else:
                break
            self._at += 1
        if callout := _CALLOUT.match(first):
            self._callout(callout[1].lower(), callout[2].strip(), quoted[1:])
        else:
            self._apart(*(f"> {line}".rstrip() for line in self._nested(quoted)))

    def _callout(self, kind: str, title: str, lines: list[str]) -> None:
        opening = f'<div class="callout callout-{kind}">'
        if title:
            opening += f'<p class="callout-title">{escape(title)}</p>'
        self._apart(self._stash(opening), "", *self._nested(lines), "", self._stash("</div>"))

    def _only(self, line: str, terms: str | None) -> None:
        if terms is None and self._open_boxes:
            self._close_box()
        elif condition := condition_of(terms or ""):
            self._open_boxes += 1
            if self._nesting + self._open_boxes > MAX_NESTING:
                raise TooComplexError
            self._apart(self._stash(f'<div data-only="{condition}">'))
        else:
            self._text(line)

    def _close_box(self) -> None:
        self._open_boxes -= 1
        self._apart(self._stash("</div>"))

    def _fence(self, block: re.Match[str]) -> None:
        mark, indent = block["mark"], len(block["indent"])
        code: list[str] = []
        while self._at < len(self._lines):
            line = self._next()
            if line.lstrip().startswith(mark) and not line.strip().strip(mark[0]) and _BLOCK.match(line):
                break
            code.append(line[min(indent, _indentation(line)) :])
        self._apart(self._stash(self._code.html("\n".join(code), block["language"])))

    def _html(self, line: str, tag: str) -> None:
        """Take what an author wrote as HTML up to a blank line; a comment (no tag) or code to its end."""
        end = f"</{tag}>" if tag in _KEEP_BLANK_LINES else "" if tag else "-->"
        taken = [line]
        while self._at < len(self._lines) and not (end and end in taken[-1].lower()):
            if not end and not self._lines[self._at]:
                break
            taken.append(self._next())
        self._apart(self._stash("\n".join(taken) + ("" if end in taken[-1].lower() else end)))

    def _nested(self, lines: list[str], *, in_item: bool = False) -> list[str]:
        nesting = self._nesting + 1
        return Layout(
            lines, stash=self._stash, code=self._code, notes=self._notes, nesting=nesting, in_item=in_item
        ).run()

    def _next(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _in_paragraph(self) -> bool:
        return bool(self._out and self._out[-1] and not self._list)

    def _underlines(self, line: str) -> bool:
        return self._in_paragraph() and _UNDERLINE.match(line) is not None

    def _begins_table(self, line: str) -> bool:
        following = self._lines[self._at : self._at + 1]
        return "|" in line and bool(following and _DELIMITER_ROW.match(following[0]))

    def _apart(self, *lines: str) -> None:
        self._gap()
        self._out += lines
        self._list = ""
        self._gap()

    def _gap(self) -> None:
        if self._out and self._out[-1]:
            self._out.append("")


def _goes_on(previous: str, line: str) -> bool:
    """Whether a line without its container's mark still belongs to the paragraph above it."""
    if not line or not previous.strip() or previous.startswith(_INDENT) or _BLOCK.match(line):
        return False
    above = _BLOCK.match(previous)
    return above is None or above.lastgroup in {"item", "quote", "hashtag"}


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _trimmed(lines: list[str]) -> list[str]:
    filled = [at for at, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []
