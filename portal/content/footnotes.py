"""Footnotes: `word[^1]` in the text, and `[^1]: what it says` on a line anywhere.

They are numbered in the order in which the text asks for them and listed at its end. On the way through the
sanitisers, marks of two characters that no text can hold stand for what links to and fro.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from markdown.inlinepatterns import InlineProcessor

LABEL: Final = r"[^\s\[\]]{1,40}"
_ASKED: Final = rf"\[\^({LABEL})\](?!:)"
_INDENT: Final = " " * 4

# Unicode keeps these code points for a program's own use; they are taken out of what people write.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK: Final = rf"{_OPEN}([a-z]+)(\d+){_CLOSE}"
_TAG_OR_MARK: Final = re.compile(rf'<[^<>"]*(?:"[^"]*"[^<>"]*)*>|{_MARK}')
_ITEM: Final = re.compile(rf"<li>\s*<p>{_OPEN}item(\d+){_CLOSE}</p>")
_BACK: Final = re.compile(rf"(?:</p>\s*<p>)?{_OPEN}back(\d+){_CLOSE}")


def _mark(kind: str, number: int) -> str:
    return f"{_OPEN}{kind}{number}{_CLOSE}"


class Footnotes:
    """The footnotes of one document, by label."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._said: dict[str, list[str]] = {}

    def define(self, label: str, lines: list[str]) -> None:
        """Keep what a footnote says, laid out; the first of a label counts."""
        self._said.setdefault(label, lines)

    def listed(self, lines: Iterable[str], stash: Callable[[str], str]) -> list[str]:
        """Number the footnotes for laid-out text, and lay out the list that follows it."""
        asked = [label for label in re.findall(_ASKED, "\n".join(lines)) if label in self._said]
        self.numbers = {label: number for number, label in enumerate(dict.fromkeys([*asked, *self._said]), 1)}
        items = [line for label, number in self.numbers.items() for line in self._item(label, number)]
        return ["", stash('<div class="footnotes">'), "", *items, stash("</div>")] if items else []

    def _item(self, label: str, number: int) -> list[str]:
        said = [_INDENT + line if line else "" for line in self._said[label]]
        back = _INDENT + _mark("back", number)
        return [f"{number}. {_mark('item', number)}", "", *said, "", back, ""]


class FootnoteReference(InlineProcessor):
    """Marks each place that asks for a footnote; `numbers` are those of the document being read."""

    def __init__(self) -> None:
        super().__init__(_ASKED)
        self.numbers: Mapping[str, int] = {}

    def handleMatch(  # type: ignore[override]  # Its own type forgets that text may come back.  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        """Return the mark of a known footnote, and where the place begins and ends."""
        number = self.numbers.get(m[1])
        return (None, None, None) if number is None else (_mark("asked", number), m.start(), m.end())


def linked(html: str, prefix: str) -> str:
    """Cleaned HTML whose footnotes lead to and fro; their ids begin with a prefix."""
    if _OPEN not in html:
        return html
    asked: set[str] = set()

    def place(found: re.Match[str]) -> str:
        kind, number = found[1], found[2]
        if kind != "asked":
            return found[0].replace(_OPEN, "").replace(_CLOSE, "") if kind is None else ""
        mark = "" if number in asked else f' id="{prefix}fnref-{number}"'
        asked.add(number)
        return f'<sup{mark} class="footnote"><a href="#{prefix}fn-{number}">{number}</a></sup>'

    html = _ITEM.sub(rf'<li id="{prefix}fn-\1">', html)
    html = _BACK.sub(rf' <a class="footnote-back" href="#{prefix}fnref-\1">↩</a>', html)
    return _TAG_OR_MARK.sub(place, html)
