"""Two texts side by side: which lines differ, and which words in them, or which characters in Japanese."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Protocol

AROUND: Final = 2
LOOK_AHEAD: Final = 12
ALIKE: Final = 0.4
MOST_WORDS: Final = 400
_PARTS: Final = ("title", "summary", "body")
_SCRIPT: Final = "぀-ヿ㐀-鿿豈-﫿ｦ-ﾟ"
_WORDS: Final = re.compile(rf"(?:(?![{_SCRIPT}])\w)+|\s+|.", re.DOTALL)

Part = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number from 1; each part is a piece of it, and whether the other side lacks it."""

    number: int
    parts: tuple[Part, ...]

    @property
    def has_changes(self) -> bool:
        """Whether the other side lacks any of it."""
        return any(changed for _, changed in self.parts)


@dataclass(frozen=True, slots=True)
class Row:
    """A line before and after; None on the side that has no such line."""

    before: Line | None
    after: Line | None

    @property
    def has_changes(self) -> bool:
        """Whether its sides differ."""
        return any(side is None or side.has_changes for side in (self.before, self.after))


class Said(Protocol):
    """What someone wrote: a revision, or a text that was typed."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def summary(self) -> str:
        """Its summary."""

    @property
    def body(self) -> str:
        """Its Markdown."""


Rows = Sequence[Row | None]
Differences = dict[str, Rows]


def differences(before: Said, after: Said) -> Differences:
    """Return what differs, under `title`, `summary` and `body`; a part that says the same is left out."""
    found = {name: compare(getattr(before, name), getattr(after, name)) for name in _PARTS}
    return {name: rows for name, rows in found.items() if rows}


def compare(before: str, after: str) -> Rows:
    """Return the lines that differ, with a few around them; None stands where equal lines are left out."""
    old, new = before.splitlines(), after.splitlines()
    rows: list[Row | None] = []
    last = 0
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND):
        if group[0][1]:
            rows.append(None)
        for kind, start, last, new_start, new_end in group:
            if kind == "equal":
                rows += map(_same, range(start, last), range(new_start, new_end), old[start:last])
            else:
                rows += _changed(old[start:last], new[new_start:new_end], start, new_start)
    return [*rows, None] if rows and last < len(old) else rows


def _same(index: int, new_index: int, line: str) -> Row:
    parts = ((line, False),)
    return Row(Line(index + 1, parts), Line(new_index + 1, parts))


def _changed(old: Sequence[str], new: Sequence[str], start: int, new_start: int) -> Iterator[Row]:
    for index, new_index in _pairs(old, new):
        parts, new_parts = _marked(
            "" if index is None else old[index], "" if new_index is None else new[new_index]
        )
        yield Row(
            None if index is None else Line(start + index + 1, parts),
            None if new_index is None else Line(new_start + new_index + 1, new_parts),
        )


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Yield the indexes of lines that say much the same, in order; the others stand alone."""
    counts = [Counter(_WORDS.findall(line)) for line in new]
    reached = 0
    for index, line in enumerate(old):
        words = Counter(_WORDS.findall(line))
        ahead = range(reached, min(reached + LOOK_AHEAD, len(new)))
        found = next((place for place in ahead if _likeness(words, counts[place]) >= ALIKE), None)
        if found is None:
            yield index, None
        else:
            yield from ((None, passed) for passed in range(reached, found))
            yield index, found
            reached = found + 1
    yield from ((None, passed) for passed in range(reached, len(new)))


def _likeness(words: Counter[str], others: Counter[str]) -> float:
    """Return which share of the words of two lines both have, from 0 to 1."""
    total = words.total() + others.total()
    return 2 * (words & others).total() / total if total else 0.0


def _marked(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return both lines in pieces; a long line, which would take long to compare, is one piece."""
    words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    if not (words and new_words) or max(len(words), len(new_words)) > MOST_WORDS:
        return ((old, True),), ((new, True),)
    parts: list[Part] = []
    new_parts: list[Part] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, words, new_words).get_opcodes():
        parts.append(("".join(words[start:end]), kind != "equal"))
        new_parts.append(("".join(new_words[new_start:new_end]), kind != "equal"))
    return _without_empty(parts), _without_empty(new_parts)


def _without_empty(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part[0])
