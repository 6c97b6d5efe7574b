"""Limits that keep rendering fast whatever is written.

Text that is too long raises, for its author can split it. Text whose shape would take too long is shown
as it was written instead: nobody writes such text by hand, nothing of it is lost, and rendering what is
stored never fails. Every limit is at least five times what the longest real help articles need.
"""

import re
from collections.abc import Iterable
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_

MAX_SOURCE_CHARS: Final = 200_000
MAX_NESTING: Final = 20

_MAX_BRACKET_STEPS: Final = 1_000_000
_MAX_REFERENCE_CHARS: Final = 1_000_000
_MAX_TABLE_CELLS: Final = 20_000
_MAX_TABLE_CODE_STEPS: Final = 2_000_000

_BRACKET: Final = re.compile(r"\\.|[\[\]]", re.DOTALL)
_REFERENCE: Final = re.compile(r"\[[^\[\]]*\]:.*(?:\n.+){0,2}")
_DELIMITERS: Final = frozenset("|:- >")


class TooComplexError(Exception):
    """Rendering this would take too long or make too much of it."""


def check_length(source: str) -> None:
    """Refuse text that is too long to render.

    Raises:
        InvalidError: more than 200,000 characters.
    """
    if len(source) > MAX_SOURCE_CHARS:
        raise InvalidError(N_("This text is longer than 200,000 characters. Split it."))


def check_shape(lines: list[str]) -> None:
    """Refuse blocks on which Python-Markdown takes more than linear time or makes far more than it is given.

    Raises:
        TooComplexError: brackets left open, long link references used often, or huge tables.
    """
    text = "\n".join(lines)
    blocks = text.split("\n\n")
    longest_reference = max((len(found[0]) for found in _REFERENCE.finditer(text)), default=0)
    if (
        sum(map(_bracket_steps, blocks)) > _MAX_BRACKET_STEPS
        or longest_reference * text.count("[") > _MAX_REFERENCE_CHARS
        or sum(map(_table_cells, blocks)) > _MAX_TABLE_CELLS
        or sum(map(_table_code_steps, lines)) > _MAX_TABLE_CODE_STEPS
    ):
        raise TooComplexError


def _bracket_steps(block: str) -> int:
    """The characters read in search of closing brackets: for an open one, all that follow."""
    steps = 0
    opened: list[int] = []
    for found in _BRACKET.finditer(block):
        if found[0] == "[":
            opened.append(found.start())
        elif found[0] == "]" and opened:
            steps += found.start() - opened.pop()
    return steps + sum(len(block) - at for at in opened)


def _table_cells(block: str) -> int:
    """Each row has as many cells as the header, whatever is written in it."""
    rows = block.split("\n")
    is_table = len(rows) > 1 and "|" in rows[1] and _DELIMITERS.issuperset(rows[1])
    return (rows[0].count("|") + 1) * len(rows) if is_table else 0


def _table_code_steps(row: str) -> int:
    """Backticks are paired by looking through all that follow, and bars by looking through the pairs."""
    return (ticks := row.count("`")) * (ticks + row.count("|")) if "|" in row else 0


def check_html(html: str) -> None:
    """TODO"""
