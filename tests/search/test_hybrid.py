"""Searching by words and by meaning together, with a model small enough to read."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import PUBLIC, STAFF
from portal.core.db import transaction
from portal.search import hybrid, service, vectors
from portal.search.embedding import EmbeddingError, Vectors
from portal.search.engine import Query, SearchEngine
from portal.search.hybrid import HybridSearcher
from portal.search.models import SearchDocument
from portal.search.vectors import SearchVector, StoredVectors
from tests.factories import NOW
from tests.search.conftest import Put

MEANINGS = (("car", "automobile", "車"), ("cheap", "inexpensive", "安い"), ("boat", "ship", "船"))


class Thesaurus:
    """A model that knows three meanings."""

    model = "thesaurus"
    least_cosine = 0.5

    def __init__(self) -> None:
        self.is_away = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.made: list[str] = []

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.may_answer.wait(5)
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self.is_away:
            raise EmbeddingError("away")
        self.made += texts
        rows = [[0.1, *(float(any(word in text for word in words)) for words in MEANINGS)] for text in texts]
        table = np.array(rows, dtype=np.float32)
        unit: Vectors = table / np.linalg.norm(table, axis=1, keepdims=True)
        return unit


@pytest.fixture
def model() -> Thesaurus:
    return Thesaurus()


@pytest.fixture
def stored() -> StoredVectors:
    return StoredVectors("thesaurus")


@pytest.fixture
def searcher(engine: SearchEngine, model: Thesaurus, stored: StoredVectors) -> HybridSearcher:
    return HybridSearcher(engine, model, stored.current)


def found(searcher: HybridSearcher, text: str, **values: object) -> list[str]:
    query = Query(text=text, **({"audience": PUBLIC} | values))  # type: ignore[arg-type]  # Plain values.
    return [hit.key for hit in searcher.search(query).hits]


def test_what_shares_no_word_is_found(
    put: Put, follow: Callable[[], int], model: Thesaurus, searcher: HybridSearcher
) -> None:
    put("article:1", "Sell an automobile")
    put("article:2", "Buy a ship")
    assert follow() == 2
    assert found(searcher, "car") == []

    assert vectors.follow(model) == 2

    assert found(searcher, "car") == ["article:1"]
    assert found(searcher, "車はどこですか") == ["article:1"]


def test_a_model_that_is_away_or_late_takes_nothing_away(
    put: Put,
    follow: Callable[[], int],
    model: Thesaurus,
    engine: SearchEngine,
    stored: StoredVectors,
) -> None:
    searcher = HybridSearcher(engine, model, stored.current, patience_seconds=0.01)
    put("article:1", "Sell an automobile")
    follow()
    vectors.follow(model)

    model.is_away = True
    assert found(searcher, "sell a car") == ["article:1"]
    model.is_away = False
    model.may_answer.clear()
    assert found(searcher, "sell") == ["article:1"]
    model.may_answer.set()


def test_vectors_are_made_once_and_again_when_the_text_changes(
    put: Put, session: Session, model: Thesaurus, stored: StoredVectors
) -> None:
    put("article:1", "Sell an automobile")
    vectors.follow(model)
    first = stored.current()
    made = len(model.made)

    put("article:1", "Sell an automobile", audience=STAFF)
    vectors.follow(model)

    assert len(model.made) == made
    assert stored.current().entries[0].audience == STAFF
    put("article:1", "Sell a boat")
    vectors.follow(model)
    assert len(model.made) > made
    assert not np.allclose(stored.current().titles, first.titles)
    assert vectors.follow(model) == 0
    assert session.scalar(select(SearchDocument.vector_due)) is None


def test_what_is_gone_is_near_nothing(
    put: Put, follow: Callable[[], int], model: Thesaurus, stored: StoredVectors, session: Session
) -> None:
    put("article:1", "Sell an automobile")
    put("article:2", "Sell a boat")
    vectors.follow(model)
    assert len(stored.current().entries) == 2

    with transaction(wake=False) as writing:
        service.remove(writing, key="article:1", now=NOW)
    follow()
    session.rollback()

    assert [entry.key for entry in stored.current().entries] == ["article:2"]


def test_another_model_makes_its_own(put: Put, session: Session, model: Thesaurus) -> None:
    put("article:1", "Sell an automobile")
    vectors.follow(model)
    other = Thesaurus()
    other.model = "other"

    assert not vectors.is_any_missing(session, model)
    assert vectors.is_any_missing(session, other)
    with transaction(wake=False) as writing:
        vectors.ask_for_missing(writing, other)
    assert not vectors.is_any_missing(session, other)
    assert vectors.follow(other) == 1
    session.rollback()

    assert session.scalars(select(SearchVector.model)).all() == ["other"]


def test_documents_wait_while_the_model_is_away(put: Put, session: Session, model: Thesaurus) -> None:
    put("article:1", "Sell an automobile")
    model.is_away = True

    with pytest.raises(EmbeddingError):
        vectors.follow(model)

    model.is_away = False
    assert vectors.follow(model) == 1


def test_a_query_without_words_asks_nobody_what_it_means(
    put: Put, follow: Callable[[], int], model: Thesaurus, searcher: HybridSearcher
) -> None:
    put("article:1", "Sell an automobile")
    follow()
    vectors.follow(model)
    made = len(model.made)

    assert found(searcher, "") == []
    assert len(model.made) == made


def test_pages_add_up_to_one_list(
    put: Put,
    follow: Callable[[], int],
    model: Thesaurus,
    searcher: HybridSearcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hybrid, "DEPTH", 4)
    for number in range(12):
        put(f"article:{number}", f"Sell {'wide ' * (number + 1)}{'ship' * (number == 11)}")
    follow()
    while vectors.follow(model):
        pass

    pages = [found(searcher, "sell boat", limit=3, offset=offset) for offset in range(0, 15, 3)]

    everything = [key for page in pages for key in page]
    assert sorted(everything) == sorted(f"article:{number}" for number in range(12))


def test_a_page_without_meaning_leads_to_pages_without_it(
    app: Flask,
    put: Put,
    follow: Callable[[], int],
    client: FlaskClient,
    model: Thesaurus,
    engine: SearchEngine,
    stored: StoredVectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasty, patient = (
        HybridSearcher(engine, model, stored.current, patience_seconds=one) for one in (0.01, None)
    )
    monkeypatch.setitem(app.extensions, "searcher", hasty)
    for number in range(11):
        put(f"article:{number}", f"Sell {number}")
    put("article:11", "Buy an automobile")
    follow()
    while vectors.follow(model):
        pass
    model.may_answer.clear()
    first = client.get("/search?q=sell+a+car").text
    model.may_answer.set()

    assert "11 results" in first
    assert "/search?q=sell+a+car&amp;words=1&amp;page=2" in first
    assert "11 results" in client.get("/search?q=sell+a+car&words=1&page=2").text
    monkeypatch.setitem(app.extensions, "searcher", patient)
    assert "11 results" in client.get("/search?q=sell+a+car&words=1").text
    assert "12 results" in client.get("/search?q=sell+a+car").text
    assert "words=1" not in client.get("/search?q=sell+a+car").text


def test_a_japanese_question_finds_what_is_in_english_only(
    app: Flask,
    put: Put,
    follow: Callable[[], int],
    client: FlaskClient,
    model: Thesaurus,
    engine: SearchEngine,
    stored: StoredVectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = HybridSearcher(engine, model, stored.current, patience_seconds=None)
    monkeypatch.setitem(app.extensions, "searcher", patient)
    put("article:1", "Sell an automobile")
    follow()
    vectors.follow(model)

    page = client.get("/search?q=車はどこですか", headers={"Accept-Language": "ja"}).text

    assert "Sell an automobile" in page
    assert "英語のみ" in page
