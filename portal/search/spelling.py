"""Slips of the pen: a word that the index does not have becomes the most frequent one a single slip away.

English words and katakana are corrected; kanji and hiragana are left to the pieces of words in the ranking,
since in them a slip mostly makes another word. What a slip can make of a word is tried out, which needs no
dictionary of deletions in memory. Source: Norvig: How to Write a Spelling Corrector (2007).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import chain, islice
from typing import Final, Protocol

from portal.search.analyzer import fold, tokens
from portal.search.words import ENGLISH_STOP_WORDS

SHORTEST: Final = 4
"""Letters of the shortest English word that is proposed: shorter ones are a slip away from too many."""

SHORTEST_KATAKANA: Final = 3

MOST_UNKNOWN: Final = 4
"""Unknown words that are looked at; a text with more of them is in another language, or none."""

MOST_CONTEXT: Final = 8
"""Words of a query that may tell what another one should have been."""

STOP_WORD: Final = 0.02
"""How likely it is that a word should have been a stop word."""

_ENGLISH: Final = rf"(?<![\w.@+])[A-Za-z]{{{SHORTEST - 1},24}}(?![A-Za-z0-9_@+]|\.\w)"
_KATAKANA: Final = rf"(?<![ァ-ヺー])[ァ-ヺー]{{{SHORTEST_KATAKANA},24}}(?![ァ-ヺー])"
_WORD: Final = re.compile(rf"{_ENGLISH}|{_KATAKANA}")
_WRITTEN: Final = re.compile(rf"(?<![a-z])[a-z]{{{SHORTEST},24}}(?![a-z])|{_KATAKANA}")
_LATIN_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_KATAKANA_LETTERS: Final = "".join(map(chr, range(ord("ァ"), ord("ヺ") + 1))) + "ー"


class Lexicon(Protocol):
    """What the index has."""

    def __contains__(self, written: object) -> bool:
        """Tell whether a word is written just so in a document."""

    def share(self, tokens: Collection[str], *, among: str | None) -> float:
        """Return the share of documents with all tokens among those with another one or, if None, all."""


def written_in(text: str) -> set[str]:
    """Return the words of a text, as they are written there, that a correction may propose."""
    return set(_WRITTEN.findall(fold(text).text))


def corrected(text: str, lexicon: Lexicon, *, meant: Collection[str] = ()) -> str | None:
    """Return a text with its slips corrected, save tokens that are meant; None when it seems to have none."""
    text = unicodedata.normalize("NFKC", text)
    return _Speller(text, lexicon, frozenset(meant)).corrected()


class _Speller:
    """Corrects one text."""

    def __init__(self, text: str, lexicon: Lexicon, meant: frozenset[str]) -> None:
        self._text = text
        self._lexicon = lexicon
        self._meant = meant

    def corrected(self) -> str | None:
        pieces: list[str] = []
        end = 0
        unknown = (word for word in _WORD.finditer(self._text) if self._is_unknown(word[0]))
        for word in islice(unknown, MOST_UNKNOWN):
            if better := self._better(word[0]):
                pieces += [self._text[end : word.start()], better]
                end = word.end()
        return "".join([*pieces, self._text[end:]]) if pieces else None

    @cached_property
    def _context(self) -> list[str | None]:
        """The words of the text that the index has, and None for no word at all."""
        known = (
            token for token in dict.fromkeys(tokens(self._text)) if self._lexicon.share([token], among=None)
        )
        return [None, *islice(known, MOST_CONTEXT)]

    def _is_unknown(self, word: str) -> bool:
        """Tell whether a word may be a slip: a short one in capitals is a name that the index lacks."""
        if word.lower() in ENGLISH_STOP_WORDS or (word.isupper() and len(word) <= SHORTEST):
            return False
        found = tokens(word)
        return self._meant.isdisjoint(found) and not self._lexicon.share(found, among=None)

    def _better(self, word: str) -> str | None:
        """Return what a word should have been; None when nothing is near."""
        if word.isascii():
            near = slips(word.lower(), _LATIN_LETTERS)
            return self._likeliest(one for one in near if len(one) >= SHORTEST or one in ENGLISH_STOP_WORDS)
        return next(self._joined(word), None)

    def _joined(self, word: str) -> Iterator[str]:
        """Yield a katakana word corrected: whole, else in one part while the parts around it are known."""
        size = len(word)
        spans = ((start, end) for start in range(size) for end in range(start + SHORTEST_KATAKANA, size + 1))
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
            before, part, after = word[:start], word[start:end], word[end:]
            if all(not side or side in self._lexicon for side in (before, after)):
                better = self._likeliest(slips(part, _KATAKANA_LETTERS))
                if better:
                    yield before + better + after

    def _likeliest(self, candidates: Iterable[str]) -> str | None:
        ranked = sorted((-self._likelihood(word), word) for word in set(candidates))
        return ranked[0][1] if ranked and ranked[0][0] else None

    def _likelihood(self, word: str) -> float:
        """Return how likely a word is beside the others of the text: the mean of its shares among theirs."""
        if word in ENGLISH_STOP_WORDS:
            return STOP_WORD
        if word not in self._lexicon:
            return 0.0
        found = tokens(word)
        return sum(self._lexicon.share(found, among=one) for one in self._context) / len(self._context)


def slips(word: str, letters: str) -> Iterator[str]:
    """Yield what a word becomes when one letter is left out, added, replaced, or changed with the next."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return chain(
        (left + right[1:] for left, right in cuts if right),
        (left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        (left + letter + right[1:] for left, right in cuts if right for letter in letters),
        (left + letter + right for left, right in cuts for letter in letters),
    )
