"""What documents earn by words that those of a query may stand for; arithmetic on arrays.

Typed words and their alternatives compete as one word. A document earns the most of

* what it earns by the typed words, which is the same with a rule and without, and
* for each alternative of which it has all words, their impacts × min(1, typed ÷ alternative), where typed and
  alternative are what the words of either tell, by the sum of their idf.

So an alternative adds to a page that lacks the typed words, never more than these tell. Source: the maximum
is Lucene's DisjunctionMaxQuery; that synonyms tell no more than one word is its SynonymQuery. That one sums
frequencies and takes the idf of the commonest, which does not fit here: a side of a rule may be many words,
as most Japanese ones are, and a common synonym would take weight from the words that were typed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from portal.search.corpus import Word, all_of
from portal.search.ranking import Flags, Floats
from portal.search.synonyms import Match, Words


class Alternative(NamedTuple):
    """Other words as one, and how many they are."""

    word: Word
    size: int


class Choice(NamedTuple):
    """Some typed words, and their alternatives as far as readers see them: one at least."""

    tokens: Words
    typed: Sequence[Word]
    others: Sequence[Alternative]

    @property
    def rarity_of_others(self) -> float:
        """What the alternatives tell at the most."""
        return max(other.word.rarity for other in self.others)

    def add_to(self, scores: Floats, found: Flags) -> None:
        """Let documents with an alternative be found, and earn what it gives beyond the typed words."""
        typed, best = np.zeros_like(scores), np.zeros_like(scores)
        for word in self.typed:
            typed[word.numbers] += word.impacts
        told = sum(word.rarity for word in self.typed)
        for (numbers, impacts, _, rarity), _ in self.others:
            best[numbers] = np.maximum(best[numbers], impacts * np.float32(min(1, told / rarity)))
            found[numbers] = True
        scores += np.maximum(best - typed, 0)

    def read_titles(self, common: Floats, sizes: Floats) -> None:
        """Read titles with an alternative as if the typed words stood there.

        `common` and `sizes` are the different words of titles: those that were typed, and all.
        """
        typed = np.zeros_like(common)
        for word in self.typed:
            typed[word.in_title] += 1
        for word, size in self.others:
            titles = word.in_title[typed[word.in_title] < len(self.typed)]
            common[titles] += len(self.typed) - typed[titles]
            sizes[titles] += len(self.typed) - size
            typed[titles] = len(self.typed)
        np.maximum(sizes, common, out=sizes)


def choices(matches: Iterable[Match], word: Callable[[str], Word], *, seen: Flags) -> Iterator[Choice]:
    """Yield the words of a query that have alternatives, given an index's words by token.

    Alternatives that only documents have which the reader may not see would show in the result.
    """
    for tokens, alternatives in matches:
        ways = [[word(token) for token in dict.fromkeys(way)] for way in alternatives]
        others = [Alternative(all_of(words), len(words)) for words in ways]
        if others := [other for other in others if seen[other.word.numbers].any()]:
            yield Choice(tokens, [word(token) for token in dict.fromkeys(tokens)], others)
