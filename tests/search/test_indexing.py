"""The index follows the table, whatever happens meanwhile."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.db import transaction
from portal.search import indexing, queries, service, whoosh_engine
from portal.search.engine import IndexedDocument, SearchEngine
from portal.search.models import SearchDocument
from portal.search.queries import Question
from portal.search.whoosh_engine import WhooshEngine
from tests.factories import NOW
from tests.search.conftest import Put

LATER = NOW + timedelta(minutes=1)
Follow = Callable[[], int]


def titles(session: Session, engine: SearchEngine, text: str) -> list[str]:
    session.rollback()
    results = queries.results_for(session, SYSTEM, engine, Question(text=text, reader_language="en"))
    assert not results.is_by_title
    return ["".join(part for part, _marked in found.title) for found in results.found]


def stale(session: Session) -> list[str]:
    session.rollback()
    query = select(SearchDocument.key).where(SearchDocument.stale_since.is_not(None))
    return sorted(session.scalars(query))


def remove(key: str) -> None:
    with transaction(wake=False) as session:
        service.remove(session, key=key, now=LATER)


def test_what_is_put_is_found_after_the_index_followed(
    session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    put()
    put("article:2", "Import customers")

    assert follow() == 2
    assert titles(session, engine, "labels") == ["Print labels"]
    assert (stale(session), follow()) == ([], 0)


def test_a_change_is_followed(session: Session, engine: SearchEngine, put: Put, follow: Follow) -> None:
    put()
    follow()
    put(title="Print invoices", now=LATER)

    assert follow() == 1
    assert titles(session, engine, "labels") == []
    assert titles(session, engine, "invoices") == ["Print invoices"]


def test_what_is_removed_is_gone_before_the_index_knows(
    session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    put()
    follow()
    remove("article:1")
    assert titles(session, engine, "labels") == []

    assert follow() == 1
    assert titles(session, engine, "labels") == []
    assert not session.scalars(select(SearchDocument)).all()


class Interrupted(WhooshEngine):
    """An engine during whose work something else happens."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.meanwhile: Callable[[], None] = lambda: None

    def update(self, documents: Iterable[IndexedDocument], *, removed: Iterable[str] = ()) -> None:
        super().update(documents, removed=removed)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    def rebuild(self, documents: Iterable[IndexedDocument]) -> None:
        super().rebuild(documents)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()


@pytest.fixture
def interrupted(app: Flask) -> Interrupted:
    engine = Interrupted(app.extensions["settings"].index_dir)
    indexing.rebuild(engine)
    return engine


def test_a_text_that_changes_while_it_is_indexed_is_indexed_again(
    session: Session, interrupted: Interrupted, put: Put
) -> None:
    put()
    interrupted.meanwhile = lambda: put(title="Print invoices", now=LATER)

    assert indexing.follow(interrupted) == 2
    assert titles(session, interrupted, "invoices") == ["Print invoices"]
    assert stale(session) == []


def test_a_text_that_changes_during_a_rebuild_stays_to_do(
    session: Session, interrupted: Interrupted, put: Put
) -> None:
    put()
    put("article:2", "Import customers")
    interrupted.meanwhile = lambda: put(title="Print invoices", now=LATER)

    indexing.rebuild(interrupted)

    assert stale(session) == ["article:1"]
    indexing.follow(interrupted)
    assert titles(session, interrupted, "invoices") == ["Print invoices"]


def test_a_text_that_comes_back_while_it_is_taken_out_stays(
    session: Session, interrupted: Interrupted, put: Put
) -> None:
    put()
    indexing.follow(interrupted)
    remove("article:1")
    interrupted.meanwhile = lambda: put(now=LATER + timedelta(minutes=1))

    indexing.follow(interrupted)

    assert titles(session, interrupted, "labels") == ["Print labels"]


def test_a_killed_worker_repeats_its_batch(session: Session, interrupted: Interrupted, put: Put) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    put()
    interrupted.meanwhile = die
    with pytest.raises(KeyboardInterrupt):
        indexing.follow(interrupted)
    assert stale(session) == ["article:1"]

    assert indexing.follow(interrupted) == 1
    assert titles(session, interrupted, "labels") == ["Print labels"]


def test_a_rebuilt_index_holds_what_the_table_holds(
    app: Flask, session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    put()
    put("article:2", "Import customers")
    follow()
    remove("article:2")

    result = app.test_cli_runner().invoke(args=["search", "rebuild"])

    assert result.stdout == "1 documents indexed\n"
    assert titles(session, engine, "labels") == ["Print labels"]
    assert titles(session, engine, "customers") == []


def test_batches_are_followed_to_the_end(
    session: Session, engine: SearchEngine, put: Put, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    follow()
    for number in range(5):
        put(f"article:{number}", f"Print labels {number}")

    assert follow() == 5
    assert len(titles(session, engine, "labels")) == 5


def test_an_index_of_another_analyzer_answers_until_it_is_made_again(
    session: Session, engine: SearchEngine, put: Put, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    put()
    put("article:2", "Import customers")
    follow()
    monkeypatch.setattr(whoosh_engine, "_VERSION", "analyzer999-fields1")

    assert titles(session, engine, "labels") == ["Print labels"]
    assert follow() == 2
    assert engine.is_current()
    assert titles(session, engine, "labels") == ["Print labels"]


def test_what_lifts_a_page_reaches_the_index(
    session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    for number in range(3):
        put(f"article:{number}", f"Print labels {number}")
    follow()
    with transaction(wake=False) as writing:
        service.rate(writing, key="article:2", helpfulness=0.9, now=LATER)
        service.mark_solved(writing, group="article:1", is_solved=True, now=LATER)
    follow()
    assert titles(session, engine, "labels") == ["Print labels 1", "Print labels 2", "Print labels 0"]
