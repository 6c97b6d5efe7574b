"""Which rules about words can stand beside each other; pure arithmetic."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.search.synonyms import Words, words_of

LONGEST: Final = 200
"""Characters of a query, or of a side of a rule."""

MOST_MEANINGS: Final = 10
"""What the same words may mean besides: a query looks for all of it."""

MOST_PINS: Final = 5
"""Pins of a query: more would leave no room on the first page for what is found."""


class Rule(NamedTuple):
    """Words that mean others too and, both ways, the others them."""

    words: str
    means: str
    is_both_ways: bool

    @property
    def directions(self) -> tuple[tuple[Words, Words], ...]:
        """From which words to which, as search reads them."""
        there = (words_of(self.words), words_of(self.means))
        return (there, there[::-1]) if self.is_both_ways else (there,)


def said(text: str, *, field: str) -> str:
    """Return a query or a side of a rule without needless spaces.

    Raises:
        InvalidError: it is too long, empty, or made of words that search passes over.
    """
    text = " ".join(text.replace("\x00", " ").split())
    if not text:
        raise InvalidError(N_("Write a word or more."), field=field)
    if len(text) > LONGEST:
        raise InvalidError(N_("This is too long: %(most)d characters are enough."), field=field, most=LONGEST)
    if not words_of(text):
        raise InvalidError(N_("Search passes over words as common as these. Name the thing."), field=field)
    return text


class Rulebook:
    """The rules that stand, which says whether another may."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._pairs: set[frozenset[Words]] = set()
        self._meanings: Counter[Words] = Counter()
        for rule in rules:
            self._enter(rule)

    def __contains__(self, rule: Rule) -> bool:
        """Tell whether there is a rule for the same two sides, in whichever direction."""
        return frozenset(rule.directions[0]) in self._pairs

    def add(self, rule: Rule) -> Rule:
        """Take in one more rule; return it as it is to be kept.

        Raises:
            InvalidError: a side says nothing to search, both say the same, there is a rule for them already,
                or the words mean enough other things.
        """
        rule = Rule(said(rule.words, field="words"), said(rule.means, field="means"), rule.is_both_ways)
        words, means = rule.directions[0]
        if words == means:
            raise InvalidError(N_("Both sides are the same to search: it needs no rule."), field="means")
        if rule in self:
            message = N_("There is a rule for these two already. Change that one.")
            raise InvalidError(message, field="words")
        for field, (side, _) in zip(("words", "means"), rule.directions, strict=False):
            if self._meanings[side] >= MOST_MEANINGS:
                message = N_("These words have %(most)d other meanings already. Remove one first.")
                raise InvalidError(message, field=field, most=MOST_MEANINGS)
        self._enter(rule)
        return rule

    def _enter(self, rule: Rule) -> None:
        self._pairs.add(frozenset(rule.directions[0]))
        self._meanings.update(side for side, _ in rule.directions)
