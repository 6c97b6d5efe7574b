"""What each choice would leave: counted as whoever makes it would count the results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.search import hybrid
from portal.search.embedding import Vectors
from portal.search.engine import Facets, IndexedDocument, Query, Searcher
from portal.search.hybrid import HybridSearcher
from portal.search.meaning import MeaningIndex, rows_of
from portal.search.whoosh_engine import WhooshEngine

WORDS = ("label", "invoice", "printer", "請求書", "refund")
READERS = (None, frozenset({"public"}), frozenset({"public", "signed-in", "account:7"}))
SECTIONS = ("section:1", "section:2", "board:1", "")


class Counter:
    """A model to which a text means how often it has each word."""

    model = "counter"
    least_cosine = 0.6

    def passages(self, texts: Sequence[str]) -> Vectors:
        rows = [[0.3, *(float(text.casefold().count(word)) for word in WORDS)] for text in texts]
        table = np.array(rows, dtype=np.float32)
        unit: Vectors = table / np.linalg.norm(table, axis=1, keepdims=True)
        return unit

    queries = passages


@st.composite
def groups(draw: st.DrawFn) -> list[IndexedDocument]:
    """Articles in one or two languages, and topics with answers."""
    return [one for number in range(draw(st.integers(1, 9))) for one in _group(draw, number)]


def _group(draw: st.DrawFn, number: int) -> Iterator[IndexedDocument]:
    is_topic = draw(st.booleans())
    texts = st.lists(st.sampled_from((*WORDS, "other")), min_size=1, max_size=3).map(" ".join)
    audience = draw(st.frozensets(st.sampled_from(["public", "signed-in", "account:7", "staff"]), min_size=1))
    section, solved = draw(st.sampled_from(SECTIONS)), is_topic and draw(st.booleans())
    for language in draw(st.sampled_from([("en",), ("ja",), ("en", "ja")])):
        yield IndexedDocument(
            key=f"group:{number}:{language}",
            group=f"group:{number}",
            kind="topic" if is_topic else "article",
            language=language,
            title="" if is_topic and language == "ja" else draw(texts),
            body=draw(texts),
            audience=audience,
            section=section,
            solved=solved,
        )


QUERIES = st.builds(
    Query,
    text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
    audience=st.sampled_from(READERS),
    kind=st.sampled_from([None, None, "article", "topic"]),
    is_solved=st.sampled_from([False, False, True]),
    language=st.sampled_from([None, None, "en", "ja"]),
    sections=st.sampled_from([None, None, frozenset({"section:1"}), frozenset({"section:1", "board:1"})]),
    excluded=st.sampled_from([(), (), ("printer",)]),
    phrases=st.sampled_from([(), (), ("label",)]),
    reader_language=st.sampled_from([None, "en", "ja"]),
    is_counted=st.just(True),
)


def expected(searcher: Searcher, query: Query) -> Facets:
    """Make each choice and look how many results it leaves."""

    def totals(choices: dict[str, Query]) -> dict[str, int]:
        found = {name: searcher.search(choice).total for name, choice in choices.items()}
        return {name: total for name, total in found.items() if total}

    anything = replace(query, kind=None, is_solved=False)
    return Facets(
        kinds=totals(
            {
                "article": replace(anything, kind="article"),
                "topic": replace(anything, kind="topic"),
                "solved": replace(anything, kind="topic", is_solved=True),
            }
        ),
        languages=totals({code: replace(query, language=code) for code in ("en", "ja")}),
        sections=totals({key: replace(query, sections=frozenset({key})) for key in SECTIONS if key}),
    )


def check(searcher: Searcher, query: Query) -> None:
    """Compare counts, and read all pages."""
    facets = searcher.search(query).facets
    assert facets == expected(searcher, query)
    pages = [searcher.search(replace(query, offset=offset, limit=2)) for offset in range(0, 12, 2)]
    found = [hit.group for page in pages for hit in page.hits]
    assert len(found) == len(set(found))
    assert {page.total for page in pages} == {len(found)}
    assert all(page.facets == facets for page in pages)


@settings(max_examples=20)
@given(groups(), st.lists(QUERIES, min_size=3, max_size=3))
def test_counts_are_what_a_choice_leaves(
    tmp_path_factory: pytest.TempPathFactory, documents: list[IndexedDocument], asked: list[Query]
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild(documents)
    for query in asked:
        check(engine, query)


@settings(max_examples=20)
@given(groups(), st.lists(QUERIES, min_size=3, max_size=3))
def test_counts_are_what_a_choice_leaves_by_meaning_too(
    tmp_path_factory: pytest.TempPathFactory, documents: list[IndexedDocument], asked: list[Query]
) -> None:
    """With so few results compared that meaning finds what words found below them."""
    engine, model = WhooshEngine(tmp_path_factory.mktemp("index")), Counter()
    engine.rebuild(documents)
    index = MeaningIndex.of(rows_of([one for one in documents if one.title], model))
    searcher = HybridSearcher(engine, model, lambda: index, patience_seconds=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hybrid, "DEPTH", 2)
        patch.setattr(hybrid, "NEAREST", 3)
        for query in asked:
            check(searcher, query)


def test_nothing_is_counted_unless_it_is_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild([])

    assert engine.search(Query(text="label", audience=None)).facets is None
    nothing = Facets(kinds={}, languages={}, sections={})
    assert engine.search(Query(text="label", audience=None, is_counted=True)).facets == nothing
