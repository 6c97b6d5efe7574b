"""The vectors of all documents in one process's memory, and which of them are near a query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from portal.search.embedding import Embedder, Vectors
from portal.search.engine import Hit, IndexedDocument, Query
from portal.search.ranking import Facets

LEAD_CHARACTERS: Final = 128
"""How much of a document its lead holds.

Source: the model's time grows with it, and a help page begins with what it is about: 128 characters add .009
to the nDCG@10 of titles alone on Japanese help pages.
"""


class Entry(NamedTuple):
    """A document as results refer to it."""

    key: str
    group: str
    facets: Facets


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
    def _facets(self) -> tuple[list[Facets], NDArray[np.intp]]:
        """The different facets there are, and which of them each document has."""
        numbers: dict[Facets, int] = {}
        of_rows = [numbers.setdefault(entry.facets, len(numbers)) for entry in self.entries]
        return list(numbers), np.array(of_rows, dtype=np.intp)

    def near(
        self, vector: Vectors, query: Query, *, also: Iterable[str], most: int, least: float = -1
    ) -> dict[str, Hit]:
        """Return the nearest document of each group that a query admits, its score being the cosine.

        These are the groups of the `most` nearest documents, whose cosines are at least `least`, and those in
        `also`.
        """
        if not self.entries:
            return {}
        facets, of_rows = self._facets
        admitted = np.array([query.admits(**facet._asdict()) for facet in facets])[of_rows]
        cosines = np.where(admitted, (self.titles @ vector + self.leads @ vector) / 2, -1.0)
        nearest = np.argpartition(-cosines, min(most, len(cosines)) - 1)[:most]
        groups = {self.entries[row].group for row in nearest if admitted[row] and cosines[row] >= least}
        return {
            group: self._nearest_of(group, cosines)
            for group in groups.union(also) - query.hidden
            if any(admitted[row] for row in self._rows.get(group, ()))
        }

    def _nearest_of(self, group: str, cosines: Vectors) -> Hit:
        row = max(self._rows[group], key=lambda row: cosines[row])
        return Hit(key=self.entries[row].key, group=group, score=float(cosines[row]))


def rows_of(documents: Sequence[IndexedDocument], embedder: Embedder) -> list[tuple[Entry, bytes, bytes]]:
    """Return documents with the vectors that a model makes of them.

    Raises:
        EmbeddingError: the model cannot be reached.
    """
    vectors = stored_vectors([(one.title, lead_of(one.title, one.body)) for one in documents], embedder)
    entries = [Entry(one.key, one.group, Facets(one.kind, one.language, one.audience)) for one in documents]
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
