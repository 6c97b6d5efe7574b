"""What is found, and that nobody finds what is not for them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor, Role
from portal.accounts.audience import PUBLIC, STAFF, Audience, includes
from portal.core.db import transaction
from portal.core.errors import NotFoundError
from portal.search import indexing, queries, service
from portal.search.engine import SearchEngine
from portal.search.models import DocumentKind, SearchDocument
from portal.search.queries import Found, Question, Results
from portal.search.whoosh_engine import WhooshEngine
from tests.factories import NOW, make_user
from tests.search.conftest import Put

Follow = Callable[[], int]
CUSTOMER = Actor(user_id=1, role=Role.CUSTOMER, account_id=7, plan="team")
OTHER = Actor(user_id=2, role=Role.CHAMPION, account_id=70, plan="business")
ACTORS = (VISITOR, CUSTOMER, OTHER, SYSTEM)
TOKENS = ("public", "signed-in", "staff", "plan:team", "plan:business", "account:7", "account:70")


def ask(text: str, **values: object) -> Question:
    return Question(text=text, **({"reader_language": "en"} | values))  # type: ignore[arg-type]  # Fields.


def title_of(found: Found) -> str:
    return "".join(text for text, _marked in found.title)


def titles(results: Results) -> list[str]:
    return [title_of(found) for found in results.found]


@pytest.fixture
def search(session: Session, engine: SearchEngine, follow: Follow) -> Callable[..., Results]:
    def run(text: str, actor: Actor = SYSTEM, **values: object) -> Results:
        follow()
        return queries.results_for(session, actor, engine, ask(text, **values))

    return run


Search = Callable[..., Results]


def test_titles_and_passages_are_marked_where_they_match(put: Put, search: Search) -> None:
    put()
    (found,) = search("printer labels").found

    assert ("labels", True) in found.title
    assert ("printer", True) in found.passage
    assert (found.path, found.kind) == ("/help/en/articles/article:1", DocumentKind.ARTICLE)


def test_a_topic_is_shown_once_and_leads_to_the_post_that_matches(
    put: Put, put_post: Put, search: Search
) -> None:
    put("topic:1", "Printer is silent", kind=DocumentKind.TOPIC, body="Nothing happens.", is_solved=True)
    put_post("post:2", group="topic:1", body="Restart the spooler service.")
    put_post("post:3", group="topic:1", body="The spooler helped me too.")

    (found,) = search("spooler").found

    assert title_of(found) == "Printer is silent"
    assert found.path.startswith("/help/en/articles/post:")
    assert found.is_solved


def test_results_can_be_narrowed(put: Put, search: Search) -> None:
    put("article:1", "Labels in articles")
    put("topic:1", "Labels in topics", kind=DocumentKind.TOPIC)
    put("article:2:ja", "Labels ラベル", language="ja")

    assert set(titles(search("labels", kind=DocumentKind.TOPIC))) == {"Labels in topics"}
    assert set(titles(search("labels", kind=DocumentKind.ARTICLE, language="en"))) == {"Labels in articles"}
    assert set(titles(search("labels", language="ja"))) == {"Labels ラベル"}


def test_the_translation_of_the_reader_is_shown(put: Put, search: Search) -> None:
    put("article:1:en", "Print labels SKU-9", group="article:1")
    put("article:1:ja", "ラベルを印刷する SKU-9", group="article:1", language="ja")

    assert titles(search("SKU-9")) == ["Print labels SKU-9"]
    assert titles(search("SKU-9", reader_language="ja")) == ["ラベルを印刷する SKU-9"]
    assert titles(search("ラベル")) == ["ラベルを印刷する SKU-9"]


def test_pages_follow_each_other(put: Put, search: Search) -> None:
    for number in range(12):
        put(f"article:{number}", f"Print labels {number}")

    first, second, third = (search("labels", page=page) for page in (1, 2, 3))

    assert [len(page.found) for page in (first, second, third)] == [10, 2, 0]
    assert first.total == second.total == 12
    assert len({*titles(first), *titles(second)}) == 12


@pytest.mark.parametrize("text", ["", "   ", "???", "\x00", "a" * 10_000, "%_%", "' OR 1=1 --"])
def test_anything_may_be_typed(put: Put, search: Search, text: str) -> None:
    put()

    assert search(text).found == []


def test_without_an_index_titles_are_compared(
    session: Session, tmp_path: Path, put: Put, engine: SearchEngine
) -> None:
    put()
    put("article:2", "100% of_labels", audience=STAFF)
    away = WhooshEngine(tmp_path / "none")

    def found(text: str, actor: Actor = SYSTEM) -> list[str]:
        results = queries.results_for(session, actor, away, ask(text))
        assert results.is_by_title
        return sorted(titles(results))

    assert found("LABELS") == ["100% of_labels", "Print labels"]
    assert found("labels", VISITOR) == found("labels print", CUSTOMER) == ["Print labels"]
    assert found("%") == ["100% of_labels"]
    assert found("_") == ["100% of_labels"]
    assert found(" ") == found("\x01") == []
    suggested = queries.suggestions_for(session, VISITOR, away, ask("lab"))
    assert [title_of(item) for item in suggested] == ["Print labels"]


def test_a_lost_index_is_made_again_by_the_worker(
    app: Flask, session: Session, put: Put, search: Search
) -> None:
    put()
    search("labels")
    shutil.rmtree(app.extensions["settings"].index_dir)

    assert titles(search("labels")) == ["Print labels"]


def test_a_new_audience_counts_before_the_index_follows(
    session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    put()
    follow()
    put(audience=STAFF)

    assert titles(queries.results_for(session, VISITOR, engine, ask("labels"))) == []
    assert queries.suggestions_for(session, VISITOR, engine, ask("lab")) == []


def test_one_text_is_returned_to_who_may_see_it(session: Session, put: Put) -> None:
    put(audience=frozenset({"account:7"}))
    document_id = session.scalars(select(SearchDocument.id)).one()

    assert queries.document_for(session, CUSTOMER, document_id).title == "Print labels"
    for actor in (VISITOR, OTHER):
        with pytest.raises(NotFoundError):
            queries.document_for(session, actor, document_id)
    service.remove(session, key="article:1", now=NOW)
    with pytest.raises(NotFoundError):
        queries.document_for(session, SYSTEM, document_id)


AUDIENCES = st.frozensets(st.sampled_from(TOKENS), min_size=1, max_size=3)


def write(session: Session, number: int, audience: Audience) -> None:
    """Write a topic whose first post and reply both hold the word."""
    for key, title in ((f"topic:{number}", f"Labels {number}"), (f"post:{number}", "")):
        service.put(
            session,
            key=key,
            group=f"topic:{number}",
            kind=DocumentKind.TOPIC,
            language="en",
            title=title,
            body="Labels everywhere.",
            path=f"/{key}",
            audience=audience,
            now=NOW,
        )


@settings(max_examples=15)
@given(before=st.lists(AUDIENCES, min_size=1, max_size=6), data=st.data())
def test_nobody_finds_what_is_not_for_them(
    session: Session, engine: SearchEngine, before: list[Audience], data: st.DataObject
) -> None:
    """Neither while the index is up to date, nor while the table is ahead of it."""
    with transaction(wake=False) as writing:
        writing.execute(delete(SearchDocument))
        for number, audience in enumerate(before):
            write(writing, number, audience)
    indexing.rebuild(engine)
    after = [data.draw(st.sampled_from([audience, STAFF, PUBLIC])) for audience in before]
    for audiences in (before, after):
        with transaction(wake=False) as writing:
            for number, audience in enumerate(audiences):
                write(writing, number, audience)
        for actor in ACTORS:
            allowed = {f"Labels {n}" for n, audience in enumerate(audiences) if includes(audience, actor)}
            results = queries.results_for(session, actor, engine, ask("labels"))
            suggested = queries.suggestions_for(session, actor, engine, ask("lab"))
            assert set(titles(results)) <= allowed
            assert {title_of(found) for found in suggested} <= allowed
            if audiences is before:
                assert set(titles(results)) == allowed
                assert results.total == len(allowed)
            session.rollback()


def test_operators_narrow_what_is_found(session: Session, put: Put, search: Search) -> None:
    kim = make_user(session, name="Kim Lee")
    put("article:1", "Print labels", body="Choose the label printer.")
    put("topic:2", "Print the labels", kind=DocumentKind.TOPIC, body="How?", author_id=kim.id)
    put("topic:3", "Labels", kind=DocumentKind.TOPIC, body="Print them.", author_id=make_user(session).id)

    assert set(titles(search("print labels"))) == {"Print labels", "Print the labels", "Labels"}
    assert titles(search('"print labels"')) == ["Print labels"]
    assert set(titles(search("labels in:topics"))) == {"Print the labels", "Labels"}
    assert titles(search("labels by:kim")) == ["Print the labels"]
    assert titles(search('by:"KIM LEE"')) == ["Print the labels"]
    assert titles(search("labels by:nobody")) == []
    assert titles(search("labels -print")) == []
    assert set(titles(search("labels -printer -how"))) == {"Labels"}
    assert titles(search("-labels")) == titles(search("in:topics")) == []
    assert set(titles(search('"print labels" -how', has_operators=False))) == {
        "Print labels",
        "Print the labels",
        "Labels",
    }


def test_a_slip_is_corrected_and_said(put: Put, search: Search) -> None:
    put()
    corrected = search("lables")
    assert (titles(corrected), corrected.corrected) == (["Print labels"], "labels")
    assert ("labels", True) in corrected.found[0].title
    assert search("lables", is_corrected=False).corrected is None


def test_operators_hold_while_only_titles_are_searched(
    session: Session, engine: SearchEngine, put: Put
) -> None:
    kim = make_user(session, name="Kim Lee")
    put("article:1", "Print labels")
    put("topic:2", "Labels, print", kind=DocumentKind.TOPIC, author_id=kim.id)
    put("article:3", "Print labels twice", language="ja")

    def by_title(text: str, **values: object) -> set[str]:
        results = queries.results_for(session, SYSTEM, engine, ask(text, **values))
        assert results.is_by_title
        return set(titles(results))

    assert by_title("print labels") == {"Print labels", "Labels, print", "Print labels twice"}
    assert by_title('"print labels" -twice') == {"Print labels"}
    assert by_title("labels by:kim") == by_title("labels in:topics") == {"Labels, print"}
    assert by_title("labels", language="ja") == {"Print labels twice"}
    assert by_title("labels tag:x") == by_title("-labels") == set()
