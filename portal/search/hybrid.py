"""Finds by words and by meaning; where meaning is away or late, by words alone."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from threading import Semaphore
from typing import Final

from portal.search import fusion
from portal.search.embedding import Embedder, EmbeddingError, Vectors
from portal.search.engine import Hit, Hits, Query, Searcher
from portal.search.meaning import MeaningIndex

PATIENCE_SECONDS: Final = 0.15
"""How long a page waits for the model; the answer by words is there already."""

DEPTH: Final = 100
"""How many of the best by words are weighed by meaning too, besides those that it finds."""

NEAREST: Final = 50
"""How many documents are found by meaning alone, at the most."""

MOST_WAITING: Final = 4
"""Queries that may wait for the model at once; the next is answered by words alone."""

LONGEST_TEXT: Final = 200
"""Characters of a query that are given to the model, whose time grows with them."""


class HybridSearcher:
    """A searcher by words, with meaning added; `current` gives the vectors as they are now.

    `patience_seconds` is how long a search waits for the model; None for as long as it takes.
    """

    def __init__(
        self,
        words: Searcher,
        embedder: Embedder,
        current: Callable[[], MeaningIndex],
        *,
        patience_seconds: float | None = PATIENCE_SECONDS,
    ) -> None:
        self._words = words
        self._embedder = embedder
        self._current = current
        self._patience_seconds = patience_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="meaning")
        self._room = Semaphore(MOST_WAITING)
        self._vector = lru_cache(maxsize=1024)(self._make_vector)

    def search(self, query: Query) -> Hits:
        """Return what matches by words or by meaning, best first; operators speak of words alone."""
        has_operators = query.phrases or query.excluded or query.tags or query.authors is not None
        if has_operators or not query.text or not query.has_meaning:
            return self._words.search(query)
        vector = self._in_time(query.text[:LONGEST_TEXT])
        if vector is None:
            return replace(self._words.search(query), lacks_meaning=True)
        meaning = self._current()
        cosines = meaning.cosines(vector, query.audience)
        also = meaning.nearest(cosines, most=NEAREST, least=self._embedder.least_cosine)
        last = query.offset + query.limit
        found = self._words.search(replace(query, also=also, offset=0, limit=max(last, DEPTH)))
        weighed = [hit.group for hit in (*found.hits[:DEPTH], *found.besides)]
        ranked = fusion.fused(
            (*found.hits, *found.besides),
            meaning.of_groups(cosines, weighed),
            share=fusion.share_of_meaning(query.text),
        )
        return replace(found, hits=tuple(ranked[query.offset : last]))

    def _in_time(self, text: str) -> Vectors | None:
        """Return what a text means; None when the model is away, late, or too many wait for it."""
        asked = self._ask(text)
        try:
            return asked.result(timeout=self._patience_seconds) if asked else None
        except (TimeoutError, EmbeddingError):
            return None

    def _ask(self, text: str) -> "Future[Vectors] | None":
        """Begin to make a vector; None when too many are waited for."""
        if not self._room.acquire(blocking=False):
            return None
        asked = self._thread.submit(self._vector, text)
        asked.add_done_callback(lambda _: self._room.release())
        return asked

    def _make_vector(self, text: str) -> Vectors:
        vector: Vectors = self._embedder.queries([text])[0]
        return vector

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first."""
        return self._words.suggest(query)
