"""Measure the product's own search on a set of questions with known answers."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import ceil, log2
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Final

from portal.core.batches import batches
from portal.core.errors import InvalidError
from portal.search.embedding import Embedder
from portal.search.engine import IndexedDocument, Query, Searcher
from portal.search.hybrid import HybridSearcher
from portal.search.meaning import MeaningIndex, rows_of
from portal.search.parsing import parse
from portal.search.whoosh_engine import WhooshEngine

BATCH: Final = 16
"""Documents whose vectors are made at once."""

Shown = Callable[[Sequence[Sequence[IndexedDocument]]], Iterable[Sequence[IndexedDocument]]]

CUTOFF: Final = 10
"""How many results count: the first page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Means over the queries, and the wall time of one search in milliseconds."""

    mrr: float
    """Of 1 over the place of the first relevant document, 0 when none is among the ten."""
    p_at_1: float
    """Share of queries whose first result is relevant."""
    recall: float
    """Share of the relevant documents that are among the ten."""
    ndcg: float
    """Gain discounted by place, over that of the best possible order; the gain is the grade."""
    ms_p50: float
    ms_p95: float
    documents: int
    queries: int

    def as_dict(self) -> dict[str, float]:
        """Return the figures by the names they are known by, rounded to what is meaningful."""
        return {
            f"mrr@{CUTOFF}": round(self.mrr, 4),
            "p@1": round(self.p_at_1, 4),
            f"recall@{CUTOFF}": round(self.recall, 4),
            f"ndcg@{CUTOFF}": round(self.ndcg, 4),
            "ms_p50": round(self.ms_p50, 2),
            "ms_p95": round(self.ms_p95, 2),
            "documents": self.documents,
            "queries": self.queries,
        }


@dataclass(frozen=True, kw_only=True)
class TestSet:
    """Documents, the texts of queries, and the grades from 1 up of what is relevant, by query and document.

    Only queries that have a relevant document have grades.
    """

    __test__ = False  # Pytest would collect it for its name.

    documents: Sequence[IndexedDocument]
    texts: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


def load(directory: Path) -> TestSet:
    """Read a set.

    Raises:
        InvalidError: a file is missing, or a line of it cannot be used.
    """
    documents = [
        IndexedDocument(
            key=key,
            group=key,
            kind="article",
            language=language,
            title=title,
            body=body,
            audience=frozenset(),
        )
        for key, title, body, language in _records(directory / "docs.jsonl", "id", "title", "body", "lang")
    ]
    texts = {query: text for query, text, _ in _records(directory / "queries.jsonl", "id", "text", "lang")}
    judgements = _judgements(
        directory / "qrels.tsv", queries=texts.keys(), documents={document.key for document in documents}
    )
    return TestSet(documents=documents, texts=texts, judgements=judgements)


def evaluate(directory: Path, *, embedder: Embedder | None = None, shown: Shown = iter) -> Evaluation:
    """Index a set in a scratch directory and measure how well its queries are answered.

    With an embedder, by meaning too; `shown` may show how its work goes on, batch by batch.

    Raises:
        InvalidError: a file is missing, or a line of it cannot be used.
    """
    test_set = load(directory)
    with tempfile.TemporaryDirectory() as scratch:
        engine = WhooshEngine(Path(scratch))
        engine.rebuild(test_set.documents)
        searcher = _with_meaning(engine, embedder, test_set, shown) if embedder else engine
        searcher.search(Query(text="", audience=None))  # Opening the index is no part of a query's time.
        return measure(searcher, test_set)


def _with_meaning(words: Searcher, embedder: Embedder, test_set: TestSet, shown: Shown) -> Searcher:
    """Give a searcher by words the vectors of all documents; how well it answers hangs on no other load."""
    documents = test_set.documents
    rows = [row for batch in shown(list(batches(documents, BATCH))) for row in rows_of(batch, embedder)]
    index = MeaningIndex.of(rows)
    return HybridSearcher(words, embedder, lambda: index, patience_seconds=None)


def measure(searcher: Searcher, test_set: TestSet) -> Evaluation:
    """Ask the queries of a set that is indexed already, and compare with its judgements.

    Queries search every language: the judgements alone say which answers count, and the one useful page may
    be in a language other than the question. Queries without a relevant document are left out.
    """
    judgements = test_set.judgements
    answers = [_ask(searcher, test_set.texts[query]) for query in judgements]
    gains = [
        [grades.get(key, 0) for key in found]
        for (found, _), grades in zip(answers, judgements.values(), strict=True)
    ]
    ideals = [sorted(grades.values(), reverse=True) for grades in judgements.values()]
    milliseconds = sorted(elapsed for _, elapsed in answers)
    return Evaluation(
        mrr=fmean(map(reciprocal_rank, gains)),
        p_at_1=fmean(bool(found and found[0]) for found in gains),
        recall=fmean(map(recall, gains, ideals)),
        ndcg=fmean(map(ndcg, gains, ideals)),
        ms_p50=percentile(milliseconds, 50),
        ms_p95=percentile(milliseconds, 95),
        documents=len(test_set.documents),
        queries=len(judgements),
    )


def reciprocal_rank(gains: Sequence[int]) -> float:
    """Return 1 over the place of the first relevant result; 0 when none is."""
    return next((1 / place for place, gain in enumerate(gains, start=1) if gain), 0.0)


def recall(gains: Sequence[int], ideal: Sequence[int]) -> float:
    """Return the share of the relevant documents that were found."""
    return sum(map(bool, gains)) / len(ideal)


def ndcg(gains: Sequence[int], ideal: Sequence[int]) -> float:
    """Return the discounted gain as a share of the best possible one.

    Source: Järvelin, Kekäläinen: Cumulated Gain-Based Evaluation of IR Techniques (2002), linear gain.
    """
    return _discounted(gains) / _discounted(ideal[:CUTOFF])


def percentile(ascending: Sequence[float], percent: int) -> float:
    """Return the smallest value that at least this share of all values does not exceed (nearest rank)."""
    return ascending[max(0, ceil(len(ascending) * percent / 100) - 1)]


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(place + 1) for place, gain in enumerate(gains, start=1))


def _ask(searcher: Searcher, text: str) -> tuple[list[str], float]:
    """Return the keys of the first page, and the milliseconds it took."""
    started = perf_counter()
    found = searcher.search(parse(text).applied_to(Query(text="", audience=None, limit=CUTOFF)))
    elapsed = (perf_counter() - started) * 1000
    return [hit.key for hit in found.hits], elapsed


def _judgements(
    path: Path, *, queries: AbstractSet[str], documents: AbstractSet[str]
) -> dict[str, dict[str, int]]:
    """Return the relevant documents of each query that has any, with their grades from 1 up."""
    judgements: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, line in _lines(path):
        match line.decode(errors="replace").split("\t"):
            case [query, document, grade] if (
                query in queries and document in documents and grade.strip().isdecimal()
            ):
                if int(grade):
                    judgements[query][document] = int(grade)
            case _:
                raise _unusable(
                    path, number, "a known query, a known document and a grade, with tabs between"
                )
    if not judgements:
        raise InvalidError(f"{path}: no query has a relevant document")
    return judgements


def _records(path: Path, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield the named values of each line."""
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            values = tuple(record[name] for name in names)
        except (ValueError, RecursionError, TypeError, KeyError) as error:
            raise _unusable(path, number, f"a JSON object with {', '.join(names)}") from error
        if not all(isinstance(value, str) for value in values):
            raise _unusable(path, number, f"text as {', '.join(names)}")
        yield values


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidError(f"{path}: cannot be read ({error.strerror})") from error
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _unusable(path: Path, line: int, needed: str) -> InvalidError:
    return InvalidError(f"{path}, line {line}: {needed} is needed")
