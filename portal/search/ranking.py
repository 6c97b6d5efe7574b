"""How well documents answer a query: three views of the same words, added up; pure arithmetic on arrays.

* Words by BM25F: a word's frequency is first summed over the fields, each with its own weight and length
  norm, and saturated once, so that a word in the title and again in the body does not count as two finds.
* How much the title is the query, as sets of words: a page that is about this and nothing else.
* Pieces of words, again by BM25F: what is misspelt, or cut differently in a compound, still counts a little.

Source: Robertson, Zaragoza, Taylor: Simple BM25 Extension to Multiple Weighted Fields (2004). All weights
were tuned on four retrieval sets and lie on a plateau; docs/search.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from portal.search.engine import PartName

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

SATURATION: Final = 1.2
"""BM25's k1: how many times a word has to occur until one more tells little. Source: Lucene's default."""

LIKENESS: Final = 0.5
"""What a title that is the query earns, as a share of all that the query's words tell."""

PIECES: Final = 0.3
"""What the pieces of words that the index knows can earn, as a share of all that these words tell.

The pieces of a word that it does not know earn all of it: nothing else speaks for that word.
"""

PIECES_ALONE: Final = 0.5
"""What share of the telling pieces of a query finds a page that has no word of it, once each in a text of
average length, if the index lacks a word. Source: with less, a page shares a few pairs with anything.
"""

MOST_MERIT: Final = 0.1
"""How much more a page can earn by its merit, as a share of its score.

So a page that answers a tenth less of a query is never lifted above one that answers it.
"""

MERIT_WEIGHTS: Final[dict[PartName, float]] = {"helpfulness": 0.4, "freshness": 0.2, "solved": 0.4}
"""Source: judged; readers' votes and an accepted answer say more than a date. Their sum is 1."""

HALF_LIFE_DAYS: Final = 180
"""After how long a verification says half as much. Source: half a year is the usual time between reviews."""

OWN_LANGUAGE: Final = 0.05
"""How much more a page earns that there is in the reader's language, as a share of its score.

Source: judged; half of MOST_MERIT, so that it settles what is almost equal and no more.
"""


class Views(NamedTuple):
    """What each document earns by words of a query, by synonyms, by likeness of its title, by pieces."""

    words: Floats
    synonyms: Floats
    likeness: Floats
    pieces: Floats

    @property
    def together(self) -> Floats:
        """What it earns in all."""
        return self.words + self.synonyms + self.likeness + self.pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What a word in a field is worth.

    `weight` is how many occurrences in the body one occurrence here counts for; `length_norm` is BM25's b,
    from 0 (a field's length does not matter) to 1 (only the share of its words counts).
    """

    weight: float
    length_norm: float

    def weighed(self, frequencies: Floats, *, relative_lengths: Floats) -> Floats:
        """Return what a word's frequencies are worth, in occurrences in a body of average length.

        `relative_lengths` are this field's lengths in the same documents over the average.
        """
        norms = 1 - self.length_norm + self.length_norm * relative_lengths
        return (self.weight * frequencies / norms).astype(np.float32)


FIELDS: Final = {
    "title": Field(weight=4.0, length_norm=0.75),
    "body": Field(weight=1.0, length_norm=0.4),
    "title_grams": Field(weight=6.0, length_norm=0.75),
    "body_grams": Field(weight=1.0, length_norm=0.5),
    "title_words": Field(weight=4.0, length_norm=0.75),
}
"""Source: a title's norm is Lucene's default; a body's is smaller, as a help page is long for having more
steps, not for repeating itself. A title counts 4: FAQ titles weigh 3 to 6 on all sets with the same result.
"""


def idf(documents: int, *, matching: int) -> float:
    """Return how much a word tells, given that `matching` of the documents have it; always above 0.

    Source: Lucene's BM25Similarity.
    """
    return log(1 + (documents - matching + 0.5) / (matching + 0.5))


def average_length(lengths: Floats) -> float:
    """Return the mean length, in tokens, of a field where it is not empty; 1 when it always is."""
    filled = lengths[lengths > 0]
    return float(filled.mean()) if filled.size else 1.0


def saturated(frequencies: Floats) -> Floats:
    """Return the shares, from 0 up to 1 + k1, of a word's idf that weighed frequencies earn."""
    return frequencies * np.float32(SATURATION + 1) / (frequencies + np.float32(SATURATION))


def likeness(common: Floats, *, title_words: Floats, query_words: int) -> Floats:
    """Return how much titles are the query, 0…1, given how many different words both have and have in common.

    Source: Ochiai's coefficient, the cosine of two sets; plain counts do as well as idf-weighted ones.
    """
    lengths = np.sqrt(np.maximum(title_words, 1) * np.float32(query_words))
    return (common / lengths).astype(np.float32)


def lifts(*, helpfulness: Floats, age_days: Floats, solved: Flags) -> dict[PartName, Floats]:
    """Return by what shares of their scores documents are lifted for each merit; together at most MOST_MERIT.

    `helpfulness` is 0…1; `age_days` is the time since the last verification, infinite if there was none.
    """
    freshness = np.exp2(-age_days / np.float32(HALF_LIFE_DAYS))
    signals = {"helpfulness": helpfulness, "freshness": freshness, "solved": solved}
    return {name: np.float32(MOST_MERIT * weight) * signals[name] for name, weight in MERIT_WEIGHTS.items()}


def best_of_groups(
    scores: Floats, found: Numbers, *, keys: Sequence[str], groups: Numbers, wanted: int
) -> list[int]:
    """Return the best documents found of as many groups as wanted, best first, equals in the order of keys.

    `keys` and `groups` belong to documents.
    """
    best: dict[int, tuple[float, str, int]] = {}
    for number in _leading(scores, found, groups, wanted):
        place = (-float(scores[number]), keys[number], int(number))
        group = int(groups[number])
        best[group] = min(best.get(group, place), place)
    return [number for _, _, number in sorted(best.values())[:wanted]]


def _leading(scores: Floats, found: Numbers, groups: Numbers, wanted: int) -> Numbers:
    """Return the documents that may be among the best of so many groups, and no more than needed."""
    best = scores[found]
    most = max(wanted, 1)
    while most < found.size:
        least = np.partition(best, found.size - most)[found.size - most]
        leading: Numbers = found[best >= least]
        if np.unique(groups[leading]).size >= wanted:
            return leading
        most *= 4
    return found
