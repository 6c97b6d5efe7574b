"""The state of one file's conversion: what is set aside, what was dropped, what is wrong."""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from portal.imports.source import Dropped, Problem

# Set-aside text is named by two code points that no text may contain; the letter says which kind it is.
BLOCK, INLINE, TARGET, ANCHOR = "b", "c", "u", "a"
TOKEN: Final = re.compile("\ufdd0([abcu])(\\d+)\ufdd1")
NOT_TEXT: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFDD0, 0xFDD1, 0xFEFF))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link or an image of the source leads, and the line it stands in."""

    url: str
    line: int


@dataclass(slots=True)
class Page:
    """One file while it is converted; `first_line` is the line of the file on which its body begins."""

    path: str
    first_line: int = 1
    problems: list[Problem] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    _set_aside: list[tuple[str, int]] = field(default_factory=list)

    def set_aside(self, kind: str, text: str, *, lines: int = 0) -> str:
        """Return a token for text that later passes must not see; `lines` counts the line ends it had."""
        self._set_aside.append((text, lines))
        return f"\ufdd0{kind}{len(self._set_aside) - 1}\ufdd1"

    def held(self, token: re.Match[str]) -> str:
        """Return the text that a token stands for."""
        return self._set_aside[int(token[2])][0]

    def target(self, url: str, line: int) -> str:
        """Return a token for a link's destination, to be resolved when all articles are known."""
        self.targets.append(Target(self.plain(url).strip("`"), line))
        return f"\ufdd0{TARGET}{len(self.targets) - 1}\ufdd1"

    def plain(self, text: str) -> str:
        """Return text with what was set aside from within its lines put back."""
        return TOKEN.sub(lambda token: self.held(token) if token[1] == INLINE else token[0], text)

    def newlines(self, text: str) -> str:
        """Return as many line ends as the text stands for, so that what follows keeps its line."""
        return "\n" * (text.count("\n") + sum(self._lines(token) for token in TOKEN.finditer(text)))

    def lines(self, text: str) -> "Lines":
        """Return where in the file the offsets of the text are."""
        ends = [match.start() for match in re.finditer("\n", text)]
        tokens = [(match.start(), self._lines(match)) for match in TOKEN.finditer(text)]
        spans = [(start, count) for start, count in tokens if count]
        return Lines(self.first_line, ends, [start for start, _ in spans], [count for _, count in spans])

    def drop(self, line: int | None, construct: str) -> None:
        """Report a construct that is left out."""
        self.dropped.append(Dropped(path=self.path, line=line, construct=construct))

    def problem(self, line: int | None, message: str) -> None:
        """Report something wrong in the source."""
        self.problems.append(Problem(path=self.path, line=line, message=message))

    def _lines(self, token: re.Match[str]) -> int:
        return 0 if token[1] == TARGET else self._set_aside[int(token[2])][1]


class Lines:
    """From an offset in a text with tokens to the line of the file."""

    def __init__(self, first: int, ends: list[int], hidden: list[int], counts: list[int]) -> None:
        self._first = first
        self._ends = ends
        self._hidden = hidden
        self._totals = list(accumulate(counts, initial=0))

    def at(self, offset: int) -> int:
        """Return the line, counted from 1."""
        return self._first + bisect_left(self._ends, offset) + self._totals[bisect_left(self._hidden, offset)]


Pass = Callable[[str, Page], str]
