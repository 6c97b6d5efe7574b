"""The list of all texts: its filters, its orders, its pages and its file."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.insights import article_routes
from portal.insights.article_filters import ORDERS, fitting, in_order, order_after
from portal.insights.articles import Base, Helps, TextState, base_for
from portal.knowledge.models import ArticleStatus, Stage
from portal.knowledge.rules import DueState
from portal.knowledge.structure import merging
from tests.architecture.test_statements import statements_of
from tests.factories import actor_of, make_customer, make_user
from tests.insights.made_texts import Made, Maker, should_show
from tests.knowledge.factories import make_article, make_section, translate

Browser = Callable[[User], FlaskClient]

LIST: Final = "/staff/articles/"
LANGUAGES: Final = ("en", "ja")
STATEMENTS: Final = 13


@pytest.fixture
def maker(session: Session) -> Maker:
    return Maker(session, seed=7)


@pytest.fixture
def staff(session: Session, browser_of: Browser) -> FlaskClient:
    return browser_of(make_user(session))


def base_of(session: Session) -> Base:
    session.rollback()
    session.expire_all()
    reader = actor_of(make_user(session))
    return base_for(session, reader, LANGUAGES, language="en", now=datetime.now(UTC))


def folded(title: str) -> str:
    return unicodedata.normalize("NFKC", title).casefold()


def values_of(maker: Maker) -> dict[str, list[str]]:
    """Return what can be asked for by each filter."""
    return {
        "q": ["print", "PRINT labels", "%", "印刷", "nothing of the kind"],
        "language": ["en", "ja"],
        "state": [*TextState],
        "translation": ["to_update", "outdated", "missing-en", "missing-ja"],
        "section": [str(section.id) for section in maker.sections.values()],
        "verifier": ["none", *(str(person.id) for person in maker.staff)],
        "due": [*DueState],
        "helpfulness": [*Helps],
        "views": ["none", "few", "some", "many"],
        "trouble": ["feedback", "links"],
    }


def expected(texts: list[Made], wanted: dict[str, str]) -> set[tuple[int, str]]:
    return {
        (text.article_id, text.language)
        for text in texts
        if all(should_show(text, texts, name, value) for name, value in wanted.items())
    }


def test_every_filter_and_every_combination_shows_what_it_should(session: Session, maker: Maker) -> None:
    made, base = list(maker.make(30)), base_of(session)
    values = values_of(maker)
    filters = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(options) for name, options in values.items()}
    )

    def check(wanted: dict[str, str]) -> None:
        found = {(row.text.article_id, row.text.language) for row in fitting(base.texts, wanted)}
        assert found == expected(made, wanted), wanted

    for name, options in values.items():
        for value in options:
            check({name: value})
    given(filters)(check)()


def test_the_address_says_what_is_shown(session: Session, maker: Maker, staff: FlaskClient) -> None:
    made = list(maker.make(12))
    for name, options in values_of(maker).items():
        for value in options[:3]:
            page = staff.get(f"{LIST}?{urlencode({name: value})}").text
            shown = expected(made, {name: value})
            assert page.count('name="text"') == len(shown), (name, value)
            assert all(f"/staff/articles/{article_id}/{language}" in page for article_id, language in shown)
            assert f"{len(shown)} text" in page or not shown


def test_filters_can_be_taken_away_one_by_one(session: Session, staff: FlaskClient) -> None:
    make_article(session)
    page = staff.get(f"{LIST}?q=labels&language=en&state=published&sort=title").text
    chips = re.findall(r'href="([^"]+)"\s+aria-label="Remove the filter ([^"]+)"', page)
    assert [(name, address.replace("&amp;", "&")) for address, name in chips] == [
        ("Words in the title: labels", f"{LIST}?language=en&state=published&sort=title"),
        ("Language: English", f"{LIST}?q=labels&state=published&sort=title"),
        ("Status: Published", f"{LIST}?q=labels&language=en&sort=title"),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "section=0",
        "section=x",
        "verifier=x",
        "views=7",
        "sort=x",
        "page=0",
        "page=x",
        "page=99",
    ],
)
def test_what_cannot_be_asked_for_leaves_nothing_out(
    session: Session, staff: FlaskClient, query: str
) -> None:
    make_article(session)
    answer = staff.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert "1 text of 1 article" in re.sub(r"\s+", " ", answer.text)


def test_a_scheduled_text_and_a_merged_article(session: Session) -> None:
    scheduled, merged, target = (make_article(session), make_article(session), make_article(session))
    scheduled.status, scheduled.stage = ArticleStatus.DRAFT, Stage.SCHEDULED
    actor = actor_of(make_user(session))
    merging.merge(
        session,
        actor=actor,
        article_id=merged.article_id,
        target_id=target.article_id,
        now=datetime.now(UTC),
    )
    session.commit()
    states = {row.text.article_id: row.states for row in base_of(session).texts}
    assert states == {
        scheduled.article_id: {TextState.UNPUBLISHED, TextState.SCHEDULED},
        merged.article_id: {TextState.MERGED},
        target.article_id: {TextState.PUBLISHED},
    }


def test_who_verifies_is_whoever_the_section_names(session: Session, staff: FlaskClient) -> None:
    anna, section = make_user(session, name="Anna Ito"), make_section(session)
    section.verifier_id, section.verify_every_days = anna.id, 30
    make_article(session, "Anna's", section=section)
    make_article(session, "Nobody's")
    session.commit()
    page = staff.get(f"{LIST}?verifier={anna.id}").text
    assert "Anna&#39;s" in page
    assert "Nobody&#39;s" not in page
    anna.is_active = False
    session.commit()
    assert "Verifier: Anna Ito" in staff.get(f"{LIST}?verifier={anna.id}").text


def test_only_staff_see_it(session: Session, client: FlaskClient, browser_of: Browser) -> None:
    customer = make_customer(session)
    with pytest.raises(NotFoundError):
        base_for(session, actor_of(customer), LANGUAGES, language="en", now=datetime.now(UTC))
    for path in (LIST, f"{LIST}overview", f"{LIST}?format=csv"):
        assert browser_of(customer).get(path).status_code == 403
        assert client.get(path).location.startswith("/sign-in")


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_sorts_both_ways_and_puts_what_is_unknown_last(
    session: Session, maker: Maker, name: str
) -> None:
    maker.make(15)
    texts, key = base_of(session).texts, ORDERS[name]
    for order in (name, f"-{name}"):
        rows = in_order(texts, order)
        assert len(rows) == len(texts)
        found = [key(row) for row in rows]
        known = [value for value in found if value is not None]
        assert found == sorted(known, reverse=order != name) + [None] * (len(found) - len(known))
        assert [row.text.id for row in rows] == [row.text.id for row in in_order(texts[::-1], order)]


def test_a_heading_sorts_and_then_the_other_way_round() -> None:
    assert order_after("-written", "title") == "title"
    assert order_after("title", "title") == "-title"
    assert order_after("-title", "title") == "title"
    assert order_after("title", "views") == "-views"
    assert order_after("-views", "views") == "views"


def test_headings_say_how_the_table_is_sorted(session: Session, staff: FlaskClient) -> None:
    make_article(session)
    page = staff.get(f"{LIST}?sort=-views&language=en").text
    assert page.count("aria-sort=") == 1
    assert re.search(r'aria-sort="descending">\s*<a href="[^"]*language=en&amp;sort=views">Views', page)


def test_pages_show_every_text_once(
    session: Session, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_routes, "ROWS_A_PAGE", 3)
    section = make_section(session)
    made = [make_article(session, section=section) for _ in range(4)]
    texts = [*made, *(translate(session, text) for text in made)]
    path, seen = f"{LIST}?sort=title", []
    while path:
        page = staff.get(path).text
        seen += re.findall(r'name="text"\s+value="(\d+:\w+)', page)
        more = re.search(r'rel="next"\s+href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == sorted(f"{text.article_id}:{text.language}" for text in texts)
    assert "7 to 8 of 8" in staff.get(f"{LIST}?page=3").text
    assert 'rel="prev"' in staff.get(f"{LIST}?page=2").text


def test_the_file_holds_exactly_what_is_shown_on_all_pages(
    session: Session, maker: Maker, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_routes, "ROWS_A_PAGE", 2)
    made = list(maker.make(12))
    answer = staff.get(f"{LIST}?language=en&sort=title&format=csv")
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    shown = expected(made, {"language": "en"})
    titles = [text.title for text in made if (text.article_id, text.language) in shown]
    assert sorted(row[0] for row in rows) == sorted(titles)
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=folded)
    by_title = {text.title: text for text in made}
    for row in (dict(zip(head, row, strict=True)) for row in rows):
        text = by_title[row["Title"]]
        assert row["Views in 28 days"] == str(text.views)
        assert (row["Votes"], row["Helpful votes"]) == (str(text.votes), str(text.votes - text.complaints))
        assert row["Broken links"] == str(text.broken)
        assert row["Language"] == "English"


def test_the_number_of_texts_costs_no_statement(
    app: Flask, session: Session, maker: Maker, staff: FlaskClient
) -> None:
    maker.make(3)
    paths = (LIST, f"{LIST}?state=published&due=overdue&sort=-views", f"{LIST}overview")
    few = [statements_of(app, staff, path) for path in paths]
    maker.make(25)
    assert few == [statements_of(app, staff, path) for path in paths]
    assert few[0] == few[1] <= STATEMENTS
    assert few[2] <= STATEMENTS + 1
