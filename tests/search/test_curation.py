"""What staff decide about search: what may be decided, and what it does to what readers find."""

import shutil
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor
from portal.accounts.audience import STAFF, Audience, includes
from portal.app import create_app
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.search import indexing
from portal.search import queries as searching
from portal.search.curation import queries, service
from portal.search.curation.models import SearchPin, SearchSynonym
from portal.search.curation.rules import LONGEST, MOST_MEANINGS, MOST_PINS, Rule
from portal.search.engine import SearchEngine
from portal.search.hybrid import HybridSearcher
from portal.search.models import DocumentKind, SearchDocument
from portal.search.vectors import StoredVectors, ask_for_missing, follow
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.search.conftest import Put
from tests.search.test_hybrid import Thesaurus as Model
from tests.search.test_queries import ACTORS, AUDIENCES, CUSTOMER, ask, title_of, titles, write

Follow = Callable[[], int]


def pin(query: str, group: str, *, language: str | None = None, actor: Actor = SYSTEM) -> int:
    with transaction(wake=False) as session:
        return service.add_pin(session, actor=actor, query=query, language=language, group=group, now=NOW).id


def mean(words: str, means: str, *, both: bool = False, actor: Actor = SYSTEM) -> int:
    with transaction(wake=False) as session:
        return service.add_synonym(
            session, actor=actor, words=words, means=means, is_both_ways=both, now=NOW
        ).id


@pytest.fixture
def found(session: Session, engine: SearchEngine, put: Put, follow: Follow) -> Callable[..., list[str]]:
    """Search four articles; say which are found, in order."""
    put("article:1", "Print labels")
    put("article:2", "Print an invoice", body="Choose the invoice.")
    put("article:3", "Pay", body="By card.")
    put("topic:4", "Labels are crooked", body="They are.", kind=DocumentKind.TOPIC)
    follow()

    def run(text: str, actor: Actor = VISITOR, **values: object) -> list[str]:
        results = searching.results_for(session, actor, engine, ask(text, **values))
        assert results.total == len(results.found)
        session.rollback()
        return [one.group for one in results.found]

    return run


Find = Callable[..., list[str]]


def test_a_pin_stands_first_at_once(found: Find) -> None:
    before = found("label printing")
    assert before[0] == "article:1"
    pin("Printing labels", "topic:4")
    assert found("label printing") == ["topic:4", *(group for group in before if group != "topic:4")]
    assert found("labels") == ["article:1", "topic:4"]


def test_a_pin_needs_no_word_and_several_have_an_order(found: Find) -> None:
    pin("cost", "article:3")
    pin("costs", "article:2")
    assert found("cost") == ["article:3", "article:2"]
    assert found("the costs?") == ["article:3", "article:2"]
    assert found("cost labels") == found("labels")


def test_pins_keep_to_what_is_asked_for(found: Find) -> None:
    pin("cost", "article:3")
    pin("cost", "topic:4", language="ja")
    assert found("cost") == ["article:3"]
    assert found("cost", reader_language="ja") == ["article:3", "topic:4"]
    assert found("cost in:topics", reader_language="ja") == ["topic:4"]
    assert found("cost", language="ja") == []
    assert found('"cost"') == found("cost -labels") == found("cost by:kim") == []
    assert found("cost", is_curated=False) == []


def test_pins_fill_pages_first(put: Put, session: Session, engine: SearchEngine, follow: Follow) -> None:
    for number in range(14):
        put(f"article:{number}", "Labels", body="x " * number)
    put("article:99", "Pay")
    follow()

    def page(number: int) -> list[str]:
        results = searching.results_for(session, VISITOR, engine, ask("labels", page=number))
        assert results.total == 15
        session.rollback()
        return [one.group for one in results.found]

    for group in ("article:99", "article:13"):
        pin("labels", group)
    first, second = page(1), page(2)
    assert first[:2] == ["article:99", "article:13"]
    assert (len(first), len(second), len({*first, *second})) == (10, 5, 15)


def test_pins_are_counted_among_what_choices_would_leave(
    found: Find, session: Session, engine: SearchEngine
) -> None:
    pin("labels", "article:3")
    results = searching.results_for(session, VISITOR, engine, ask("labels", is_counted=True))
    assert results.facets
    assert results.facets.kinds == {"article": 2, "topic": 1}
    assert results.total == len(found("labels")) == 3
    assert found("labels", kind=DocumentKind.TOPIC) == ["topic:4"]
    assert found("labels", kind=DocumentKind.ARTICLE) == ["article:3", "article:1"]


def test_a_slip_finds_the_pins_of_what_was_meant(found: Find, session: Session, engine: SearchEngine) -> None:
    pin("labels", "article:3")
    assert found("lables")[0] == "article:3"
    assert searching.results_for(session, VISITOR, engine, ask("lables")).corrected == "labels"


def test_pins_stand_while_the_index_is_away(app: Flask, session: Session, found: Find) -> None:
    pin("labels", "article:3")
    shutil.rmtree(app.extensions["settings"].index_dir)
    assert found("labels")[0] == "article:3"
    assert sorted(found("labels")) == ["article:1", "article:3", "topic:4"]


def test_what_is_gone_or_not_for_one_is_not_pinned(put: Put, found: Find) -> None:
    pin("labels", "article:3")
    put("article:3", "Pay", audience=STAFF)
    assert found("labels") == ["article:1", "topic:4"]
    assert found("labels", SYSTEM) == ["article:3", "article:1", "topic:4"]
    with transaction(wake=False) as session:
        session.execute(delete(SearchDocument).where(SearchDocument.key == "article:3"))
    assert found("labels", SYSTEM) == ["article:1", "topic:4"]


def test_pins_and_synonyms_hold_beside_meaning(
    session: Session, engine: SearchEngine, put: Put, follow_index: Follow
) -> None:
    put("article:1", "Buy a car")
    put("article:2", "Sell an automobile")
    put("article:3", "Boats")
    follow_index()
    model, stored = Model(), StoredVectors("thesaurus")
    with transaction(wake=False) as writing:
        ask_for_missing(writing, model)
    while follow(model):
        pass
    session.rollback()

    def search(text: str) -> tuple[list[str], int]:
        hybrid = HybridSearcher(engine, model, stored.current)
        results = searching.results_for(session, VISITOR, hybrid, ask(text))
        session.rollback()
        return titles(results), results.total

    assert search("car") == (["Buy a car", "Sell an automobile"], 2)
    pin("car", "article:2")
    assert search("car") == (["Sell an automobile", "Buy a car"], 2)
    mean("car", "boats")
    assert search("car") == (["Sell an automobile", "Buy a car", "Boats"], 3)


@pytest.fixture
def follow_index(follow: Follow) -> Follow:
    return follow


def test_synonyms_hold_at_once_and_are_marked(
    found: Find, session: Session, engine: SearchEngine, put: Put, follow: Follow
) -> None:
    assert found("請求書") == []
    rule = mean("請求書", "invoice")
    assert found("請求書") == ["article:2"]
    assert found("請求書", is_curated=False) == []
    (one,) = searching.results_for(session, VISITOR, engine, ask("請求書")).found
    assert ("invoice", True) in one.title
    assert ("invoice", True) in one.passage
    (suggested,) = searching.suggestions_for(session, VISITOR, engine, ask("請求書"))
    assert ("invoice", True) in suggested.title
    indexing.rebuild(engine)
    assert found("請求書") == ["article:2"]
    with transaction(wake=False) as writing:
        service.remove_synonym(writing, actor=SYSTEM, synonym_id=rule, now=NOW)
    assert found("請求書") == []
    with transaction(wake=False) as writing:
        service.restore_synonym(writing, actor=SYSTEM, synonym_id=rule)
    assert found("請求書") == ["article:2"]
    with transaction(wake=False) as writing:
        service.update_synonym(
            writing,
            actor=SYSTEM,
            synonym_id=rule,
            words="bill",
            means="labels",
            is_both_ways=True,
            now=NOW,
        )
    assert found("請求書") == []
    assert found("bill") == found("labels") == ["article:1", "topic:4"]


def test_another_process_knows_at_once(app: Flask, found: Find) -> None:
    other = create_app(app.extensions["settings"])

    def found_elsewhere(text: str) -> list[str]:
        with other.app_context():
            results = searching.results_for(
                db.session(), VISITOR, other.extensions["search_engine"], ask(text)
            )
            return titles(results)

    try:
        assert found_elsewhere("cost") == []
        pinned, rule = pin("cost", "article:3"), mean("expense", "pay")
        assert found_elsewhere("cost") == found_elsewhere("expense") == ["Pay"]
        with transaction(wake=False) as writing:
            service.remove_pin(writing, actor=SYSTEM, pin_id=pinned, now=NOW)
            service.remove_synonym(writing, actor=SYSTEM, synonym_id=rule, now=NOW)
        assert found_elsewhere("cost") == found_elsewhere("expense") == found("cost") == []
    finally:
        with other.app_context():
            db.session.remove()
            db.engine.dispose()


@settings(max_examples=12)
@given(
    audiences=st.lists(AUDIENCES, min_size=1, max_size=5),
    pinned=st.lists(st.integers(0, 4), max_size=4, unique=True),
)
def test_nobody_is_shown_what_is_not_for_them(
    session: Session, engine: SearchEngine, audiences: Sequence[Audience], pinned: Sequence[int]
) -> None:
    """Neither pinned nor found by a synonym; and what one may not see changes no total."""
    with transaction(wake=False) as writing:
        for table in (SearchDocument, SearchPin, SearchSynonym):
            writing.execute(delete(table))
        for number, audience in enumerate(audiences):
            write(writing, number, audience)
    indexing.rebuild(engine)
    mean("stickers", "labels")
    chosen = [number for number in pinned if number < len(audiences)]
    for number in chosen:
        pin("stickers", f"topic:{number}")
    for actor in ACTORS:
        seen = [number for number, audience in enumerate(audiences) if includes(audience, actor)]
        results = searching.results_for(session, actor, engine, ask("stickers"))
        suggested = searching.suggestions_for(session, actor, engine, ask("stickers"))
        shown = titles(results)
        first = [f"Labels {number}" for number in chosen if number in seen]
        assert shown[: len(first)] == first
        assert sorted(shown) == [f"Labels {number}" for number in seen]
        assert results.total == len(seen)
        assert {title_of(one) for one in suggested} <= {f"Labels {number}" for number in seen}
        session.rollback()


@pytest.mark.parametrize(
    ("words", "means", "field"),
    [
        ("", "invoice", "words"),
        ("bill", " \x00 ", "means"),
        ("the", "invoice", "words"),
        ("bill", "する", "means"),
        ("bill", "Bills", "means"),
        ("x" * (LONGEST + 1), "invoice", "words"),
        ("invoice", "BILL", "words"),
        ("bills", "invoices", "words"),
    ],
)
def test_a_rule_that_says_nothing_new_is_refused(app: Flask, words: str, means: str, field: str) -> None:
    mean("bill", "invoice")
    with pytest.raises(InvalidError) as refused:
        mean(words, means)
    assert refused.value.field == field


def test_words_do_not_mean_everything(app: Flask) -> None:
    for number in range(MOST_MEANINGS):
        mean("bill", f"thing{number}")
    with pytest.raises(InvalidError):
        mean("bill", "more")
    with pytest.raises(InvalidError):
        mean("more", "bill", both=True)
    mean("more", "bill")


def test_a_rule_can_be_changed_into_its_own_reverse(session: Session, app: Flask) -> None:
    rule = mean("bill", "invoice")
    with transaction(wake=False) as writing:
        service.update_synonym(
            writing,
            actor=SYSTEM,
            synonym_id=rule,
            words="invoice",
            means="bill",
            is_both_ways=False,
            now=NOW,
        )
    assert queries.current(session).synonyms.matches("bill") == ()


def test_a_removal_is_not_undone_over_what_took_its_place(put: Put) -> None:
    put()
    rule, pinned = mean("bill", "invoice"), pin("bill", "article:1")
    with transaction(wake=False) as writing:
        service.remove_synonym(writing, actor=SYSTEM, synonym_id=rule, now=NOW)
        service.remove_pin(writing, actor=SYSTEM, pin_id=pinned, now=NOW)
    mean("invoice", "bill")
    pin("bills", "article:1")
    with pytest.raises(ConflictError), transaction(wake=False) as writing:
        service.restore_synonym(writing, actor=SYSTEM, synonym_id=rule)
    with pytest.raises(ConflictError), transaction(wake=False) as writing:
        service.restore_pin(writing, actor=SYSTEM, pin_id=pinned)


@pytest.mark.parametrize(
    ("query", "group", "field"),
    [
        ("", "article:1", "query"),
        ("the", "article:1", "query"),
        ("labels in:topics", "article:1", "query"),
        ('"labels"', "article:1", "query"),
        ("labels", "article:404", "group"),
        ("Label", "article:1", "query"),
    ],
)
def test_a_pin_that_cannot_be_is_refused(put: Put, query: str, group: str, field: str) -> None:
    put("article:1", "Labels")
    pin("labels", "article:1")
    with pytest.raises(InvalidError) as refused:
        pin(query, group)
    assert refused.value.field == field


def test_pins_of_a_query_are_put_in_order_and_are_few(put: Put, session: Session) -> None:
    pins = []
    for number in range(MOST_PINS):
        put(f"article:{number}", "Labels")
        pins.append(pin("labels", f"article:{number}"))
    put("article:9", "Labels")
    with pytest.raises(InvalidError):
        pin("label", "article:9")
    pin("label", "article:9", language="ja")
    with transaction(wake=False) as writing:
        service.update_pin(
            writing, actor=SYSTEM, pin_id=pins[3], query="labels", language=None, place=2, now=NOW
        )
    groups = queries.current(session).groups_pinned("labels", language="en")
    assert groups == ("article:0", "article:3", "article:1", "article:2", "article:4")


def test_only_staff_curate(session: Session, put: Put) -> None:
    put()
    rule, pinned = mean("bill", "invoice"), pin("bill", "article:1")
    customer = actor_of(make_customer(session))
    for actor in (VISITOR, CUSTOMER, customer):
        with pytest.raises(ForbiddenError):
            mean("a1", "b1", actor=actor)
        with pytest.raises(ForbiddenError):
            pin("labels", "article:1", actor=actor)
        with pytest.raises(ForbiddenError), transaction(wake=False) as writing:
            service.add_synonyms(writing, actor=actor, rules=[], now=NOW)
        with pytest.raises(NotFoundError):
            queries.synonym_for(session, actor, rule)
        with pytest.raises(NotFoundError):
            queries.pin_for(session, actor, pinned)
        assert not queries.synonyms_for(session, actor)
        assert not queries.pins_for(session, actor)
        assert not queries.pins_of(session, actor, "bill")
        assert not queries.rules_at_work(session, actor, "bill")


def test_lists_say_who_and_when(session: Session, put: Put) -> None:
    put("article:1", "Labels")
    sam = actor_of(make_user(session, name="Sam Ito"))
    mean("bill", "100%", actor=sam)
    mean("label", "sticker")
    pin("bill", "article:1", actor=sam)
    (rule,) = queries.synonyms_for(session, SYSTEM, "100%")
    assert (rule.synonym.words, rule.by, rule.synonym.changed_at) == ("bill", "Sam Ito", NOW)
    assert [one.synonym.words for one in queries.synonyms_for(session, SYSTEM)] == ["label", "bill"]
    (listed,) = queries.pins_for(session, SYSTEM, "BILL")
    assert (listed.by, [text.title for text in listed.texts]) == ("Sam Ito", ["Labels"])
    assert not queries.pins_for(session, SYSTEM, "label")


def test_rules_come_from_a_file_all_or_none(session: Session, app: Flask) -> None:
    mean("bill", "invoice")
    rules = [Rule("invoice", "bills", is_both_ways=True), Rule("SSO", "single sign-on", is_both_ways=True)]
    with transaction(wake=False) as writing:
        assert service.add_synonyms(writing, actor=SYSTEM, rules=[*rules, rules[1]], now=NOW) == 1
    with pytest.raises(InvalidError), transaction(wake=False) as writing:
        bad = [Rule("a1", "b1", is_both_ways=False), Rule("the", "c1", is_both_ways=False)]
        service.add_synonyms(writing, actor=SYSTEM, rules=bad, now=NOW)
    assert {rule.words for rule in queries.standing_synonyms(session)} == {"bill", "SSO"}
    assert queries.current(session).synonyms.matches("a1") == ()
