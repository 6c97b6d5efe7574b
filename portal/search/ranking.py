"""How well a document answers a query: BM25F, the pure arithmetic.

A term's frequency is first summed over the fields, each with its own weight and length norm, and saturated once, so
that a word in the title and again in the body is not counted as two finds.
Source: Robertson, Zaragoza, Taylor: Simple BM25 Extension to Multiple Weighted Fields (2004).
"""

from dataclasses import dataclass
from math import log
from typing import Final

SATURATION: Final = 1.2
"""BM25's k1: how many times a word has to occur until one more tells little. Source: Lucene's default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What a word in a field is worth.

    `weight` is how many occurrences in the body one occurrence here counts for; `length_norm` is BM25's b, from 0
    (long and short fields are equal) to 1 (only the share of the words counts).
    """

    weight: float
    length_norm: float

    def weighed(self, frequency: float, *, length: float, average_length: float) -> float:
        """Return a word's frequency as if the field had average length, in occurrences in the body."""
        return self.weight * frequency / (1 - self.length_norm + self.length_norm * length / average_length)


TITLE: Final = Field(weight=6.0, length_norm=0.75)
"""Weight tuned on four retrieval sets: from 3 to 6, nDCG@10 rises by .01 to .02 on help pages in both languages and
by less than .005 on encyclopedia paragraphs; from 6 on, titles that are whole questions lose. Norm: Lucene's default.
"""

BODY: Final = Field(weight=1.0, length_norm=0.5)
"""Norm tuned on the same sets: .5 instead of Lucene's .75 gains up to .01 nDCG@10, because a long help page is long
for having more steps and not for repeating itself.
"""


def idf(documents: int, *, matching: int) -> float:
    """Return how much a word tells, given that `matching` of the documents have it; always above 0.

    Source: Lucene's BM25Similarity.
    """
    return log(1 + (documents - matching + 0.5) / (matching + 0.5))


def saturated(frequency: float) -> float:
    """Return the share, from 0 up to 1 + k1, of a word's idf that a weighed frequency earns."""
    return frequency * (SATURATION + 1) / (frequency + SATURATION)
