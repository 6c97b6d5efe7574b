"""Limits that keep rendering fast whatever is written.

Text that is too long raises, for its author can split it. Text whose shape would take too long is shown
as it was written instead: nobody writes such text by hand, nothing of it is lost, and rendering what is
stored never fails. Each limit is at least twice, mostly ten times, what the largest real help article needs.
"""

import re
from collections import Counter
from typing import Final

from portal.content.sanitize import AUTHORS_ELEMENTS
from portal.core.errors import InvalidError
from portal.core.i18n import N_

MAX_SOURCE_CHARS: Final = 200_000
MAX_NESTING: Final = 15

_MAX_LINES: Final = 20_000
_MAX_LINK_STEPS: Final = 200_000
_MAX_CODE_STEPS: Final = 5_000_000
_MAX_COPIED_CHARS: Final = 500_000_000
_MAX_REFERENCE_CHARS: Final = 300_000
_MAX_REFERENCE_STEPS: Final = 1_000_000
_MAX_TABLE_CELLS: Final = 20_000
_MAX_ROW_STEPS: Final = 500_000
_MAX_HTML_CHARS: Final = 1_000_000
_MAX_TAGS_AND_ENTITIES: Final = 30_000
_MAX_SIBLING_STEPS: Final = 20_000_000
_MAX_OPEN_ELEMENTS: Final = 100
_MAX_OPEN_STYLES: Final = 10

_INLINE_MARK: Final = re.compile(r"[\\`*_~\[<&]")
_CELL_EDGE: Final = re.compile(r"[|\n]")
_TITLE_MARK: Final = re.compile(r"[\"'(]")
_TICKS: Final = re.compile(r"`+")
_LINK_PART: Final = re.compile(r"\\.|\]\(|[\[\]]", re.DOTALL)
_WHOLE_LINK: Final = re.compile(
    r"""\]\(\s*(?:<[^<>]*>|[^\s()"'<>]*(?:\([^\s()"'<>]*\)[^\s()"'<>]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)"""
)
_REFERENCE: Final = re.compile(r"\[[^\[\]]*\]:\s*\S+\s*(?:[\"'(].*)?$", re.MULTILINE)
_DELIMITERS: Final = frozenset("|:- >")
_TAG: Final = re.compile(r"<(/?)([a-z0-9]+)")
# HTML repeats these, when left open, in every paragraph that follows.
_STYLES: Final = frozenset({"a", "b", "code", "em", "i", "s", "small", "strong", "u"})
_CLOSED_BY_OTHERS: Final = "br dd dt hr img input li p tbody td th thead tr wbr"
_NEED_CLOSING: Final = AUTHORS_ELEMENTS - set(_CLOSED_BY_OTHERS.split())


class TooComplexError(Exception):
    """Rendering this would take too long or make too much of it."""


def check_length(source: str) -> None:
    """Refuse text that is too long to render.

    Raises:
        InvalidError: more than 200,000 characters.
    """
    if len(source) > MAX_SOURCE_CHARS:
        raise InvalidError(N_("This text is longer than 200,000 characters. Split it."))


def check_lines(lines: list[str]) -> None:
    """Refuse text of very many short lines, each of which could be a block of its own.

    Raises:
        TooComplexError: more than 20,000 lines.
    """
    if len(lines) > _MAX_LINES:
        raise TooComplexError


def check_shape(lines: list[str]) -> None:
    """Refuse blocks on which Python-Markdown takes more than linear time, or makes far more than it is given.

    Raises:
        TooComplexError: links left open, long references used often, or huge tables.
    """
    text = "\n".join(lines)
    blocks = text.split("\n\n")
    passages = [passage for block in blocks for passage in _passages(block)]
    references = [found[0] for found in _REFERENCE.finditer(text)]
    if (
        max(map(len, references), default=0) * text.count("[") > _MAX_REFERENCE_CHARS
        or sum(map(_reference_steps, references)) > _MAX_REFERENCE_STEPS
        or sum(map(_table_cells, blocks)) > _MAX_TABLE_CELLS
        or sum(map(_row_steps, lines)) > _MAX_ROW_STEPS
        or sum(map(_copied_chars, passages)) > _MAX_COPIED_CHARS
        or sum(map(_code_steps, passages)) > _MAX_CODE_STEPS
        or sum(map(_link_steps, passages)) > _MAX_LINK_STEPS
    ):
        raise TooComplexError


def check_html(html: str) -> None:
    """Refuse HTML on which the sanitisers would take too long, or that HTML's own rules would multiply.

    Raises:
        TooComplexError: too much of it, or elements nested too deeply or left open.
    """
    if len(html) > _MAX_HTML_CHARS or html.count("<") + html.count("&") > _MAX_TAGS_AND_ENTITIES:
        raise TooComplexError
    if _sibling_steps(html) > _MAX_SIBLING_STEPS:
        raise TooComplexError


def _sibling_steps(html: str) -> int:
    """Each element is looked for among all its siblings; those that need no closing tag count as such.

    Raises:
        TooComplexError: too many elements are open at once.
    """
    steps = 0
    siblings = [0]
    opened: Counter[str] = Counter()
    for closing, name in _TAG.findall(html.lower()):
        if name not in _NEED_CLOSING:
            siblings[-1] += 1
        elif not closing:
            siblings[-1] += 1
            siblings.append(0)
            opened[name] += 1
            if len(siblings) > _MAX_OPEN_ELEMENTS or sum(map(opened.__getitem__, _STYLES)) > _MAX_OPEN_STYLES:
                raise TooComplexError
        elif opened[name]:
            steps += siblings.pop() ** 2
            opened[name] -= 1
    return steps + sum(count**2 for count in siblings)


def _passages(block: str) -> list[str]:
    """The texts that are searched for links and styles: each cell of a table, else the whole block."""
    return _CELL_EDGE.split(block) if _table_cells(block) else [block]


def _reference_steps(reference: str) -> int:
    """All that follows is read for each mark that could begin a title."""
    return len(_TITLE_MARK.findall(reference)) * len(reference)


def _copied_chars(passage: str) -> int:
    """The passage is copied for each mark that it holds."""
    return len(_INLINE_MARK.findall(passage)) * len(passage)


def _code_steps(passage: str) -> int:
    """All that follows may be read for each run of backticks."""
    return len(_TICKS.findall(passage)) * len(passage)


def _link_steps(passage: str) -> int:
    """The characters read in search of the ends of links: for one left open, all that follow."""
    steps = 0
    opened: list[int] = []
    for found in _LINK_PART.finditer(passage):
        part, at = found[0], found.start()
        if part == "[":
            opened.append(at)
        elif part[0] == "]" and opened:
            steps += at - opened.pop()
        if part == "](":
            link = _WHOLE_LINK.match(passage, at)
            steps += (link.end() if link else len(passage)) - at
    return steps + sum(len(passage) - at for at in opened)


def _table_cells(block: str) -> int:
    """Each row has as many cells as the header, whatever is written in it."""
    rows = block.strip("\n").split("\n")
    is_table = len(rows) > 1 and "|" in rows[1] and _DELIMITERS.issuperset(rows[1])
    return (rows[0].count("|") + 1) * len(rows) if is_table else 0


def _row_steps(row: str) -> int:
    """Backticks are paired by looking through all that follow, and bars by looking through the pairs."""
    return (ticks := row.count("`")) * (ticks + row.count("|")) if "|" in row else 0
