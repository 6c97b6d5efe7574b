"""Slips of the pen: a word that the index does not have becomes the most frequent one a single slip away.

English words and katakana are corrected; kanji and hiragana are left to the pieces of words in the ranking,
since in them a slip mostly makes another word. What a slip can make of a word is tried out, which needs no
dictionary of deletions in memory. Source: Norvig: How to Write a Spelling Corrector (2007).
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, Protocol

from portal.search.analyzer import fold, tokens
from portal.search.words import ENGLISH_STOP_WORDS

SHORTEST: Final = 4
"""Letters of the shortest English word that is proposed: shorter ones are a slip away from too many."""

SHORTEST_KATAKANA: Final = 3

MOST_UNKNOWN: Final = 4
"""Unknown words that are looked at; a text with more of them is in another language, or none."""

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

    def frequency(self, token: str) -> int:
        """Return how many documents have a token."""


def written_in(text: str) -> set[str]:
    """Return the words of a text, as they are written there, that a correction may propose."""
    return set(_WRITTEN.findall(fold(text).text))


def corrected(text: str, lexicon: Lexicon) -> str | None:
    """Return a text with its slips corrected; None when it seems to have none."""
    text = unicodedata.normalize("NFKC", text)
    pieces: list[str] = []
    end = 0
    unknown = (word for word in _WORD.finditer(text) if _is_unknown(word[0], lexicon))
    for word in islice(unknown, MOST_UNKNOWN):
        if better := _better(word[0], lexicon):
            pieces += [text[end : word.start()], better]
            end = word.end()
    return "".join([*pieces, text[end:]]) if pieces else None


def _is_unknown(word: str, lexicon: Lexicon) -> bool:
    """Tell whether a word may be a slip: what is written all in capitals is a name that the index lacks."""
    return not (word.isascii() and word.isupper()) and not _frequency(word, lexicon)


def _better(word: str, lexicon: Lexicon) -> str | None:
    """Return what a word should have been; None when nothing is near."""
    if word.isascii():
        folded = word.lower()
        return _most_frequent(filter(_is_proposed, slips(folded, _LATIN_LETTERS)), lexicon)
    return next(_joined(word, lexicon), None)


def _is_proposed(word: str) -> bool:
    return len(word) >= SHORTEST or word in ENGLISH_STOP_WORDS


def _joined(word: str, lexicon: Lexicon) -> Iterator[str]:
    """Yield a katakana word corrected: as a whole, else in one part while the parts around it are known."""
    size = len(word)
    spans = ((start, end) for start in range(size) for end in range(start + SHORTEST_KATAKANA, size + 1))
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        before, part, after = word[:start], word[start:end], word[end:]
        if all(not side or side in lexicon for side in (before, after)):
            better = _most_frequent(slips(part, _KATAKANA_LETTERS), lexicon)
            if better:
                yield before + better + after


def _most_frequent(candidates: Iterator[str], lexicon: Lexicon) -> str | None:
    known = {word for word in candidates if word in lexicon or word in ENGLISH_STOP_WORDS}
    ranked = sorted((-_frequency(word, lexicon), word) for word in known)
    return ranked[0][1] if ranked and ranked[0][0] else None


def _frequency(word: str, lexicon: Lexicon) -> float:
    """Return how many documents have a word; a stop word is in every one."""
    if word.lower() in ENGLISH_STOP_WORDS:
        return float("inf")
    return min(map(lexicon.frequency, tokens(word)), default=0)


def slips(word: str, letters: str) -> Iterator[str]:
    """Yield what a word becomes when one letter is left out, added, replaced, or changed with the next."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return chain(
        (left + right[1:] for left, right in cuts if right),
        (left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        (left + letter + right[1:] for left, right in cuts if right for letter in letters),
        (left + letter + right for left, right in cuts for letter in letters),
    )
