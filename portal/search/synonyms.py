"""Words that mean the same to searchers; pure look-up."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from portal.search.analyzer import spans

Words = tuple[str, ...]
"""Tokens in their order; an identifier is given by its parts."""


class Match(NamedTuple):
    """Some words of a query, and what they may stand for besides."""

    words: Words
    alternatives: tuple[Words, ...]


def words_of(text: str) -> Words:
    """Return the words of a text as rules compare them: `single sign-on` is the same with a space."""
    found = spans(text)
    ends = [span.end for span in found]
    following = [span.start for span in found[1:]] + ends[-1:]
    return tuple(span.token for span, after in zip(found, following, strict=True) if after >= span.end)


class Thesaurus:
    """Rules, each from words to what they mean; none follows another."""

    def __init__(self, rules: Iterable[tuple[str, str]] = ()) -> None:
        alternatives: defaultdict[Words, dict[Words, None]] = defaultdict(dict)
        for words, means in rules:
            alternatives[words_of(words)][words_of(means)] = None
        self._alternatives = {words: tuple(others) for words, others in alternatives.items()}
        self._sizes = sorted({len(words) for words in alternatives}, reverse=True)

    def matches(self, text: str, *, literally: Iterable[str] = ()) -> tuple[Match, ...]:
        """Return the words of a text that mean something else too, the longest at each place.

        Those that stand in any of the phrases in `literally` are left out.
        """
        if not self._alternatives:
            return ()
        held = {word for phrase in literally for word in words_of(phrase)}
        words, found, start = words_of(text), dict[Words, Match](), 0
        while start < len(words):
            known = (words[start : start + size] for size in self._sizes if start + size <= len(words))
            match = next((part for part in known if part in self._alternatives and held.isdisjoint(part)), ())
            if match:
                found[match] = Match(match, self._alternatives[match])
            start += len(match) or 1
        return tuple(found.values())


NO_SYNONYMS: Final = Thesaurus()
