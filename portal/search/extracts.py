"""The passage of a text that answers best, and what to mark in it; templates make the HTML."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from math import ceil
from typing import Final

from portal.search.analyzer import fold, spans

EXTRACT_LENGTH: Final = 180
"""Characters of a passage: about two lines on a page of results."""

_LEAD: Final = 40
"""Characters that may stand before the first match, so that it is read in its sentence."""

_MOST_PLACES: Final = 1000
"""Places looked at in one text; of a very long one, the beginning is enough to choose from."""

_ELLIPSIS: Final = "…"
_BREAK: Final = re.compile(r"[。！？]|\s")

Pieces = list[tuple[str, bool]]
"""A text in order, each piece with whether it is to be marked."""


def mark(text: str, query_tokens: Collection[str]) -> Pieces:
    """Return a whole text, such as a title, with the words of a query marked."""
    pieces: Pieces = []
    end = 0
    for start, stop in _matches(text, query_tokens):
        pieces += [(text[end:start], False), (text[start:stop], True)]
        end = stop
    return [(piece, marked) for piece, marked in [*pieces, (text[end:], False)] if piece]


def extract(text: str, query_tokens: Collection[str], length: int = EXTRACT_LENGTH) -> Pieces:
    """Return the passage with the most different words of a query, these marked; else the beginning.

    Where the passage lies is found by comparing letters, and only the passage is analysed: a page of results
    cannot wait for ten whole articles to be.
    """
    flat = " ".join(text.split())
    start = _passage_start(flat, query_tokens, length)
    end = _passage_end(flat, start + length)
    pieces = mark(flat[start:end], query_tokens)
    if start:
        pieces.insert(0, (_ELLIPSIS, False))
    if end < len(flat):
        pieces.append((_ELLIPSIS, False))
    return pieces


def _matches(text: str, query_tokens: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that stand for words of the query, in order; those that touch are one."""
    found = sorted((start, end) for _, start, end in spans(text, query_tokens))
    while found:
        start, end = found.pop(0)
        while found and found[0][0] <= end:
            end = max(end, found.pop(0)[1])
        yield start, end


def _passage_start(flat: str, query_tokens: Collection[str], length: int) -> int:
    """Return where to begin: a little before the densest part, at the start of a word where there is one."""
    begin = max(0, min(_densest(flat, query_tokens, length - _LEAD) - _LEAD, len(flat) - length))
    if begin and (pause := _BREAK.search(flat, begin - 1, begin + _LEAD)):
        return pause.end()
    return begin


def _passage_end(flat: str, limit: int) -> int:
    """Return where to stop: at the end of the text, else at a space near the limit, else at the limit."""
    if limit >= len(flat):
        return len(flat)
    space = flat.rfind(" ", limit - _LEAD // 2, limit + 1)
    return limit if space < 0 else space


def _densest(flat: str, query_tokens: Collection[str], width: int) -> int:
    """Return the place that the most different words of the query seem to follow within a width."""
    places = _places(flat, query_tokens)
    within: Counter[str] = Counter()
    best, most, right = 0, 0, 0
    for place, clue in places:
        while right < len(places) and places[right][0] < place + width:
            within[places[right][1]] += 1
            right += 1
        if len(within) > most:
            best, most = place, len(within)
        within[clue] -= 1
        if not within[clue]:
            del within[clue]
    return best


def _places(flat: str, query_tokens: Collection[str]) -> list[tuple[int, str]]:
    """Return where words of the query seem to stand: the token itself, else the first two thirds of it."""
    folded = fold(flat)
    clues = {token if token in folded.text else token[: ceil(len(token) * 2 / 3)] for token in query_tokens}
    if not clues:
        return []
    pattern = re.compile("|".join(map(re.escape, sorted(clues, key=lambda clue: (-len(clue), clue)))))
    matches = islice(pattern.finditer(folded.text), _MOST_PLACES)
    return [(folded.starts[match.start()], match[0]) for match in matches]
