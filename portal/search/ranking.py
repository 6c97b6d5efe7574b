"""How well documents answer a query: BM25F, then the best of each group; pure arithmetic.

A word's frequency is first summed over the fields, each with its own weight and length norm, and saturated
once, so that a word in the title and again in the body does not count as two finds.
Source: Robertson, Zaragoza, Taylor: Simple BM25 Extension to Multiple Weighted Fields (2004).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from math import log
from typing import Final, NamedTuple

from portal.search.engine import Hit, Hits, Query

SATURATION: Final = 1.2
"""BM25's k1: how many times a word has to occur until one more tells little. Source: Lucene's default."""


class Facets(NamedTuple):
    """What a query may ask of a document besides words."""

    kind: str
    language: str
    audience: frozenset[str]


class Entry(NamedTuple):
    """A document as results refer to it."""

    key: str
    group: str
    facets: Facets


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What a word in a field is worth.

    `weight` is how many occurrences in the body one occurrence here counts for; `length_norm` is BM25's b,
    from 0 (a field's length does not matter) to 1 (only the share of its words counts).
    """

    weight: float
    length_norm: float

    def weighed(self, frequency: float, *, relative_length: float) -> float:
        """Return what a word's frequency is worth, in occurrences in a body of average length.

        `relative_length` is this field's length over the average.
        """
        return self.weight * frequency / (1 - self.length_norm + self.length_norm * relative_length)


TITLE: Final = Field(weight=6.0, length_norm=0.75)
"""Source: the norm is Lucene's default. The weight was tuned on four retrieval sets: from 3 to 6, nDCG@10 of
help pages rises by .01 in both languages; beyond, titles that are whole questions lose more than they gain.
"""

BODY: Final = Field(weight=1.0, length_norm=0.5)
"""Source: the norm was tuned on the same sets: .5 instead of Lucene's .75 gains up to .01 nDCG@10, as a help
page is long for having more steps, not for repeating itself.
"""


def idf(documents: int, *, matching: int) -> float:
    """Return how much a word tells, given that `matching` of the documents have it; always above 0.

    Source: Lucene's BM25Similarity.
    """
    return log(1 + (documents - matching + 0.5) / (matching + 0.5))


def average_length(lengths: Iterable[Iterable[int]]) -> float:
    """Return the mean length, in tokens, of a field where it is not empty; 1 when it always is."""
    filled = [length for length in chain.from_iterable(lengths) if length]
    return sum(filled) / len(filled) if filled else 1.0


def saturated(frequency: float) -> float:
    """Return the share, from 0 up to 1 + k1, of a word's idf that a weighed frequency earns."""
    return frequency * (SATURATION + 1) / (frequency + SATURATION)


def best_of_groups(scores: Mapping[int, float], entries: Sequence[Entry], query: Query) -> Hits:
    """Return a page of the best document of each group that the query admits, equals in the order of keys.

    `scores` refer to documents by their places in `entries`.
    """
    verdicts: dict[Facets, bool] = {}
    best: dict[str, tuple[float, str]] = {}
    for document, score in scores.items():
        key, group, facets = entries[document]
        if facets not in verdicts:
            verdicts[facets] = query.admits(**facets._asdict())
        if verdicts[facets] and (group not in best or (-score, key) < best[group]):
            best[group] = (-score, key)
    leading = nsmallest(query.offset + query.limit, ((*place, group) for group, place in best.items()))
    page = tuple(Hit(key=key, group=group, score=-loss) for loss, key, group in leading[query.offset :])
    return Hits(hits=page, total=len(best))
