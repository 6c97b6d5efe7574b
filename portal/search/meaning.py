"""The vectors of all documents in one process's memory, and which of them are near a query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Self

import numpy as np

from portal.search.embedding import Embedder, Vectors
from portal.search.engine import IndexedDocument
from portal.search.ranking import Numbers
from portal.search.segments import numbered

LEAD_CHARACTERS: Final = 128
"""How much of a document its lead holds.

Source: the model's time grows with it, and a help page begins with what it is about: 128 characters add .009
to the nDCG@10 of titles alone on Japanese help pages.
"""


class Entry(NamedTuple):
    """A document as results refer to it."""

    key: str
    group: str
    audience: frozenset[str]


def lead_of(title: str, body: str) -> str:
    """Return what stands for a whole document: its title and how it begins."""
    flat = " ".join(body.split())
    return flat[:LEAD_CHARACTERS] if flat.startswith(title) else f"{title} {flat}"[:LEAD_CHARACTERS]


@dataclass(frozen=True, kw_only=True)
class MeaningIndex:
    """Two vectors for each document: of its title, and of its title with its beginning.

    Brute force: the product of ten thousand documents' vectors with a query's takes a few milliseconds, which
    an index of nearest neighbours would not repay.
    """

    entries: Sequence[Entry]
    titles: Vectors
    leads: Vectors

    @classmethod
    def of(cls, rows: Collection[tuple[Entry, bytes, bytes]]) -> Self:
        """Make an index of documents and their vectors as they are stored: in floats of 16 bits."""
        entries, titles, leads = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(entries=entries, titles=_unpacked(titles), leads=_unpacked(leads))

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """The documents of each group."""
        rows = defaultdict(list)
        for row, entry in enumerate(self.entries):
            rows[entry.group].append(row)
        return rows

    @cached_property
    def _audiences(self) -> tuple[list[frozenset[str]], Numbers]:
        """The different audiences there are, and which of them each document has."""
        return numbered(entry.audience for entry in self.entries)

    def cosines(self, vector: Vectors, audience: frozenset[str] | None) -> Vectors:
        """Return how near all documents are, −1…1; −1 for those that are not for a reader of these tokens."""
        audiences, of_rows = self._audiences
        is_seen = [audience is None or not audience.isdisjoint(one) for one in audiences]
        near = (self.titles @ vector + self.leads @ vector) / 2 if self.entries else np.zeros(0, np.float32)
        return np.where(np.array(is_seen, np.bool_)[of_rows], near, np.float32(-1))

    def nearest(self, cosines: Vectors, *, most: int, least: float) -> frozenset[str]:
        """Return the keys of the nearest documents, at most so many, whose cosines are at least `least`."""
        rows = np.argpartition(-cosines, most)[:most] if most < len(cosines) else range(len(cosines))
        return frozenset(self.entries[row].key for row in rows if cosines[row] >= least)

    def of_groups(self, cosines: Vectors, groups: Iterable[str]) -> dict[str, float]:
        """Return the greatest cosine of each of some groups; those that have none above −1 are missing."""
        greatest = {
            group: max((float(cosines[row]) for row in self._rows.get(group, ())), default=-1)
            for group in groups
        }
        return {group: cosine for group, cosine in greatest.items() if cosine > -1}


def rows_of(documents: Sequence[IndexedDocument], embedder: Embedder) -> list[tuple[Entry, bytes, bytes]]:
    """Return documents with the vectors that a model makes of them.

    Raises:
        EmbeddingError: the model cannot be reached.
    """
    vectors = stored_vectors([(one.title, lead_of(one.title, one.body)) for one in documents], embedder)
    entries = [Entry(one.key, one.group, one.audience) for one in documents]
    return [(entry, title, lead) for entry, (title, lead) in zip(entries, vectors, strict=True)]


def stored_vectors(texts: Sequence[tuple[str, str]], embedder: Embedder) -> list[tuple[bytes, bytes]]:
    """Return the vectors of titles and leads as they are stored.

    Raises:
        EmbeddingError: the model cannot be reached.
    """
    if not texts:
        return []
    titles, leads = zip(*texts, strict=True)
    both = zip(embedder.passages(titles), embedder.passages(leads), strict=True)
    return [(packed(title), packed(lead)) for title, lead in both]


def packed(vector: Vectors) -> bytes:
    """Write a vector as it is stored; half the digits change no order of results."""
    return vector.astype("<f2").tobytes()


def _unpacked(rows: Sequence[bytes]) -> Vectors:
    flat = np.frombuffer(b"".join(rows), dtype="<f2").astype(np.float32)
    return flat.reshape(len(rows), flat.size // len(rows) if rows else 0)
