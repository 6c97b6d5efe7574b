"""What an index keeps of documents: their tokens in fields, and a row of values beside them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from portal.search import ranking
from portal.search.engine import Traits
from portal.search.ranking import Floats, Numbers

WORDS: Final = "words"
WRITTEN: Final = "written"
GRAMS: Final = "grams"
TITLE_WORDS: Final = "title_words"
PARTS: Final = {
    WORDS: ("title", "body"),
    GRAMS: ("title_grams", "body_grams"),
    TITLE_WORDS: ("title_words", "title_words"),
}
"""The fields of the index, and what ranking calls their tokens in titles and in bodies."""

Value = TypeVar("Value", bound=Hashable)
Postings = tuple[NDArray[np.uintc], NDArray[np.ushort]]
"""The numbers of the documents with a token, ascending, and its counts in title and body, in a byte each."""


class Entry(NamedTuple):
    """What an index keeps of a document besides its tokens.

    `lengths` are by part, in tokens; `title_size` is the number of different words of the title;
    `verified_on` is a day's ordinal.
    """

    key: str
    group: str
    kind: str
    language: str
    audience: list[str]
    lengths: dict[str, int]
    title_size: int
    helpfulness: float
    verified_on: int | None
    solved: bool
    section: str

    @property
    def traits(self) -> Traits:
        """What a query may ask of it besides words."""
        return Traits(self.kind, self.language, frozenset(self.audience), self.section, self.solved)


class Columns(NamedTuple):
    """The entries of documents, as arrays; `traits_of` refers to `traits`, which many documents share."""

    keys: Sequence[str]
    groups: Sequence[str]
    traits: Sequence[Traits]
    traits_of: Numbers
    lengths: dict[str, Floats]
    title_sizes: Floats
    helpfulness: Floats
    verified_on: Floats

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self:
        """Make columns of rows; a document that was never verified was so infinitely long ago."""
        traits, traits_of = numbered(entry.traits for entry in entries)
        days = (-np.inf if entry.verified_on is None else entry.verified_on for entry in entries)
        return cls(
            keys=[entry.key for entry in entries],
            groups=[entry.group for entry in entries],
            traits=traits,
            traits_of=traits_of,
            lengths={
                part: np.array([entry.lengths[part] for entry in entries], np.float32)
                for part in ranking.FIELDS
            },
            title_sizes=np.array([entry.title_size for entry in entries], np.float32),
            helpfulness=np.array([entry.helpfulness for entry in entries], np.float32),
            verified_on=np.fromiter(days, np.float32),
        )

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> Self:
        """Return the columns of all documents, one part's after another's."""
        firsts = accumulate((len(part.traits) for part in parts), initial=0)
        return cls(
            keys=[key for part in parts for key in part.keys],
            groups=[group for part in parts for group in part.groups],
            traits=[traits for part in parts for traits in part.traits],
            traits_of=joined([part.traits_of + first for part, first in zip(parts, firsts, strict=False)]),
            lengths={name: joined([part.lengths[name] for part in parts]) for name in ranking.FIELDS},
            title_sizes=joined([part.title_sizes for part in parts]),
            helpfulness=joined([part.helpfulness for part in parts]),
            verified_on=joined([part.verified_on for part in parts]),
        )


class Segment(Protocol):
    """Documents that were written together, by their numbers from 0; they never change."""

    columns: Columns

    @property
    def numbers(self) -> Mapping[str, int]:
        """The numbers of documents by their keys."""

    def postings(self, field: str, token: str) -> Postings | None:
        """Return the documents with a token in a field; None when there are none."""

    def text(self, number: int) -> str:
        """Return a document's title and body, folded."""

    def tokens_from(self, field: str, beginning: str) -> Iterator[str]:
        """Yield the tokens of a field with a beginning."""

    @property
    def written(self) -> frozenset[str]:
        """The words that are written just so in a document, or in one that was taken out."""


def numbered(values: Iterable[Value]) -> tuple[list[Value], Numbers]:
    """Return the different values, and for each one given which of them it is."""
    numbers: dict[Value, int] = {}
    which = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), np.array(which, np.int64)


def joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return one array after the other; with none, an empty one."""
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)
