"""Lists in the form that every Markdown reads alike: four columns a level, a blank line before the first."""

import re
from typing import Final

from portal.imports.conversion.page import BLOCK

_INDENT: Final = 4
_ITEM: Final = re.compile(r"(?P<marker>[-*+]|(?P<number>\d{1,9})[.)]|\[\^[^\]]+\]:)(?:[ \t]+(?P<rest>.*)|$)")
_RULE: Final = re.compile(r"(?:[-*_][ \t]*){3,}$")
_NOT_PROSE: Final = re.compile(rf"#{{1,6}} |>|\||\ufdd0{BLOCK}")


def reflow(text: str) -> str:
    """Return the text with lists at four columns a level and no other indentation."""
    return "\n".join(_Flow().read(text.expandtabs(_INDENT).split("\n")))


class _Flow:
    """Reads lines with the list items that are open: where each one's marker and its content begin."""

    def __init__(self) -> None:
        self._items: list[tuple[int, int]] = []
        self._out: list[str] = []

    def read(self, lines: list[str]) -> list[str]:
        at = 0
        while at < len(lines):
            line = lines[at].lstrip(" ")
            indent = len(lines[at]) - len(line)
            if line.startswith(">"):
                at = self._quote(lines, at, indent)
                continue
            item = None if _RULE.match(line) else _ITEM.match(line)
            if not line:
                self._out.append("")
            elif item and self._opens(item):
                self._item(item, indent)
            else:
                self._line(line, indent)
            at += 1
        return self._out

    def _opens(self, item: re.Match[str]) -> bool:
        """Tell an item from a sentence that goes on with a number and a full stop."""
        return bool(self._items or item["number"] in (None, "0", "1") or not self._follows_prose())

    def _item(self, item: re.Match[str], indent: int) -> None:
        if not self._items and self._follows_prose():
            self._out.append("")
        while self._items and indent < self._items[-1][0] + 2:
            self._items.pop()
        rest = item["rest"] or ""
        self._put(
            f"{item['marker']} {rest}".rstrip() if not rest.endswith("  ") else f"{item['marker']} {rest}"
        )
        self._items.append((indent, indent + len(item["marker"]) + 1))

    def _line(self, line: str, indent: int) -> None:
        if not self._goes_on(line):
            self._leave(indent)
        if (
            line.startswith("|")
            and self._out
            and self._out[-1]
            and not self._out[-1].lstrip().startswith("|")
        ):
            self._out.append("")
        self._put(line)

    def _quote(self, lines: list[str], start: int, indent: int) -> int:
        """Read a run of quoted lines as a text of its own; return where it ends."""
        end = next(
            (n for n in range(start, len(lines)) if not lines[n].lstrip(" ").startswith(">")), len(lines)
        )
        inner = [re.sub(r"^ *> ?", "", line) for line in lines[start:end]]
        self._leave(indent)
        for line in _Flow().read(inner):
            self._put(f"> {line}" if line else ">")
        return end

    def _leave(self, indent: int) -> None:
        """Close the items that a line with this indentation does not belong to."""
        while self._items and indent < min(self._items[-1][0] + 2, self._items[-1][1]):
            self._items.pop()

    def _goes_on(self, line: str) -> bool:
        """Whether the line goes on with the sentence of the line before it, whatever its indentation."""
        return self._follows_prose() and not _NOT_PROSE.match(line) and not _RULE.match(line)

    def _follows_prose(self) -> bool:
        before = self._out[-1].lstrip() if self._out else ""
        return bool(before) and not _NOT_PROSE.match(before) and not _RULE.match(before)

    def _put(self, line: str) -> None:
        self._out.append(" " * (_INDENT * len(self._items)) + line)
