"""The search page and the suggestions, through the browser; what was done leaves signals."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core.db import db
from portal.search.engine import SearchEngine
from portal.search.models import DocumentKind, SearchDocument
from portal.search.routes import marked
from tests.factories import make_board, make_customer, make_user
from tests.knowledge.factories import make_section
from tests.search.conftest import Put

Browse = Callable[[User], FlaskClient]
Work = Callable[[], None]


@pytest.fixture
def shelf(put: Put, follow: Callable[[], int]) -> None:
    put("article:1", "Print labels")
    put("topic:2", "Labels are cut off", kind=DocumentKind.TOPIC, path="/community/topics/2-labels#post-9")
    put("topic:3", "Labels in colour", kind=DocumentKind.TOPIC, is_solved=True)
    put("article:4", "Labels of the board meeting", audience=STAFF)
    follow()


@pytest.fixture
def signals(session: Session, work: Work) -> Callable[[], list[Signal]]:
    """Return what was recorded, in order."""

    def read() -> list[Signal]:
        work()
        return list(session.scalars(select(Signal).order_by(Signal.occurred_at, Signal.id)))

    return read


Signals = Callable[[], list[Signal]]


def document_id(title: str) -> int:
    return db.session.scalars(select(SearchDocument.id).where(SearchDocument.title == title)).one()


def test_the_results_page(shelf: None, client: FlaskClient) -> None:
    page = client.get("/search?q=labels").text

    assert "3 results" in page
    assert "board meeting" not in page
    assert "/community/topics/2-labels?q=labels&amp;rank=" in page
    assert "#post-9" in page


@pytest.mark.parametrize(("narrowed", "count"), [("articles", 1), ("topics", 2), ("made-up", 3)])
def test_the_page_can_be_narrowed(shelf: None, client: FlaskClient, narrowed: str, count: int) -> None:
    assert client.get(f"/search?q=labels&in={narrowed}").text.count('<article class="result"') == count


def test_pages_are_numbered_and_lead_on(put: Put, follow: Callable[[], int], client: FlaskClient) -> None:
    for number in range(11):
        put(f"article:{number}", f"Print labels {number}")
    follow()

    first, second = (client.get(f"/search?q=labels&page={page}").text for page in (1, 2))

    assert 'rel="next"' in first
    assert "rank=10" in first
    assert ("rank=11" in second, 'rel="next"' in second) == (True, False)


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%20", "?q=zzz", "?q=labels&page=0", "?q=labels&page=x", "?language=tlh&q=a"]
)
def test_the_page_always_answers(shelf: None, client: FlaskClient, query: str) -> None:
    assert client.get(f"/search{query}").status_code == 200


def test_who_finds_nothing_is_led_on(client: FlaskClient) -> None:
    page = client.get("/search?q=quark").text

    assert "Nothing found" in page
    assert "/community/topics/new?title=quark" in page
    assert "/support/requests/new?title=quark" in page


def test_without_an_index_the_page_says_so(app: Flask, put: Put, client: FlaskClient) -> None:
    put()

    page = client.get("/search?q=labels").text

    assert "only titles are searched" in page
    assert "/help/en/articles/article:1" in page


def test_a_query_is_no_markup(client: FlaskClient, put: Put, follow: Callable[[], int]) -> None:
    put(title="<script>alert(1)</script> labels", body="<img src=x onerror=alert(1)> labels")
    follow()
    for path in (
        "/search?q=labels+%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/search/suggestions?q=labels",
        "/search/similar?title=labels+%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        page = client.get(path, headers={"HX-Request": "true"}).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_matches_are_marked_and_everything_is_escaped() -> None:
    assert marked([("<i>", False), ("<b>", True), ("&", False)]) == "&lt;i&gt;<mark>&lt;b&gt;</mark>&amp;"


def test_suggestions_lead_to_what_they_name(shelf: None, client: FlaskClient) -> None:
    page = client.get("/search/suggestions?q=lab", headers={"HX-Request": "true"}).text

    assert 'href="/help/en/articles/article:1?q=lab&amp;rank=1&amp;suggested=1">Print labels</a>' in page
    asked = "?q=lab&amp;rank=3&amp;suggested=1#post-9"
    assert f'href="/community/topics/2-labels{asked}">Labels are cut off</a>' in page


def test_suggestions_for_machines(shelf: None, client: FlaskClient) -> None:
    told = client.get("/search/suggestions?q=lab").get_json()["suggestions"]

    assert {item["title"] for item in told} == {"Print labels", "Labels are cut off", "Labels in colour"}
    (article,) = (item for item in told if item["kind"] == "article")
    assert (article["url"], article["language"], article["solved"]) == (
        "/help/en/articles/article:1",
        "en",
        False,
    )
    assert client.get("/search/suggestions").get_json() == {"suggestions": []}


def test_suggestions_for_the_page(shelf: None, client: FlaskClient) -> None:
    page = client.get("/search/suggestions?q=lab", headers={"HX-Request": "true"}).text

    assert page.index("Articles") < page.index("Solved questions") < page.index("Community")
    assert "<html" not in page
    assert "board meeting" not in page


def test_staff_find_what_is_for_staff(shelf: None, session: Session, browser_of: Browse) -> None:
    assert "board meeting" in browser_of(make_user(session)).get("/search?q=labels").text


def test_a_search_is_recorded(shelf: None, session: Session, browser_of: Browse, signals: Signals) -> None:
    kim = make_customer(session)
    who, browser = (kim.id, kim.account_id), browser_of(kim)
    browser.get("/search?q=labels")
    browser.get("/search?q=labels&page=2")
    browser.get("/search?q=")

    (signal,) = signals()
    assert (signal.kind, (signal.user_id, signal.account_id)) == ("search.performed", who)
    assert signal.data == {"query": "labels", "results": 3, "language": "en"}


def test_a_visitors_searches_are_joined_by_a_key(shelf: None, client: FlaskClient, signals: Signals) -> None:
    client.get("/search?q=labels")
    client.get("/search?q=colour")

    first, second = signals()
    assert first.person == second.person
    assert str(first.person).startswith("visitor:")
    assert (first.user_id, first.account_id) == (None, None)


def test_what_staff_do_is_marked(shelf: None, session: Session, browser_of: Browse, signals: Signals) -> None:
    staff = make_user(session)
    who = f"user:{staff.id}"
    browser_of(staff).get("/search?q=labels")

    (signal,) = signals()
    assert (signal.kind, signal.person, signal.left_out_as) == ("search.performed", who, "staff")


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)", "bot"),
        ("python-requests/2.32", "bot"),
        ("", "bot"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", None),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", None),
        ("Mozilla/5.0 " + "x" * 5000, None),
    ],
)
def test_a_crawler_is_marked_and_a_browser_is_not(
    shelf: None, client: FlaskClient, signals: Signals, name: str, mark: str | None
) -> None:
    client.get("/search?q=labels", headers={"User-Agent": name})

    (signal,) = signals()
    assert signal.left_out_as == mark


def test_whoever_signed_in_is_a_person(
    shelf: None, session: Session, browser_of: Browse, signals: Signals
) -> None:
    browser_of(make_customer(session)).get("/search?q=labels", headers={"User-Agent": "curl/8.1"})

    (signal,) = signals()
    assert signal.left_out_as is None


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}]
)
def test_a_page_fetched_ahead_was_not_looked_at(
    shelf: None, client: FlaskClient, signals: Signals, headers: dict[str, str]
) -> None:
    client.get("/search?q=labels", headers=headers)

    assert signals() == []


def test_suggestions_before_asking_are_shown_opened_and_resolve(
    shelf: None, session: Session, browser_of: Browse, signals: Signals
) -> None:
    kim = make_customer(session)
    account_id, browser = kim.account_id, browser_of(kim)
    chosen = document_id("Print labels")

    page = browser.get("/search/similar?title=labels+are+grey").text
    passage = browser.get(f"/search/passages/{chosen}?title=labels").text
    solved = browser.post(f"/search/passages/{chosen}/resolutions")

    assert f"/search/passages/{chosen}" in page
    assert "Choose the printer" in passage
    assert (solved.status_code, solved.headers["Location"]) == (303, "/help/en/articles/article:1")
    shown, opened, resolved = signals()
    assert (shown.kind, shown.data["query"]) == ("suggestion.shown", "labels are grey")
    assert (opened.kind, opened.subject) == ("suggestion.opened", "article:1")
    assert (resolved.kind, resolved.subject) == ("suggestion.resolved", "article:1")
    assert {signal.account_id for signal in (shown, opened, resolved)} == {account_id}


@pytest.mark.parametrize("title", ["", "la", "quark"])
def test_nothing_shown_is_nothing_recorded(
    shelf: None, client: FlaskClient, signals: Signals, title: str
) -> None:
    assert client.get(f"/search/similar?title={title}").status_code == 200
    assert signals() == []


def test_passages_are_for_those_who_may_see_them(shelf: None, client: FlaskClient, signals: Signals) -> None:
    hidden = document_id("Labels of the board meeting")

    assert client.get(f"/search/passages/{hidden}").status_code == 404
    assert client.post(f"/search/passages/{hidden}/resolutions").status_code == 404
    assert client.get("/search/passages/999999").status_code == 404
    assert signals() == []


def test_the_command_line_finds_what_staff_find(shelf: None, app: Flask, engine: SearchEngine) -> None:
    result = app.test_cli_runner().invoke(args=["search", "query", "board meeting"])

    assert "Labels of the board meeting" in result.stdout
    assert result.stdout.endswith("found\n")


def test_a_corrected_search_says_so_and_can_be_taken_back(shelf: None, client: FlaskClient) -> None:
    page = client.get("/search?q=lables&in=articles").text
    assert "Showing results for “labels”." in page
    assert "Search for “lables” instead" in page
    assert 'href="/search?q=lables&amp;in=articles&amp;verbatim=1"' in page

    page = client.get("/search?q=lables&verbatim=1").text
    assert "Showing results for" not in page
    assert "/search?q=lables&amp;in=topics&amp;verbatim=1" in page


def test_a_correction_is_told_in_japanese(put: Put, follow: Callable[[], int], client: FlaskClient) -> None:
    put("article:1", "ラベルプリンターの設定", language="ja")
    follow()
    page = client.get("/search?q=ラベルプリソター&language=ja", headers={"Accept-Language": "ja"}).text
    assert "「ラベルプリンター」の検索結果を表示しています。" in page
    assert "「ラベルプリソター」で検索し直す" in page


@pytest.fixture
def library(session: Session, put: Put, follow: Callable[[], int]) -> None:
    """Sections with articles and a board with topics, of which staff alone see some."""
    top = make_section(session, "Printing")
    inner = make_section(session, "Paper", parent=top)
    secret = make_section(session, "Plans")
    board = make_board(session, slug="questions")
    put("article:1", "Print labels", section=top.place)
    put("article:2", "Paper for labels", section=inner.place)
    put("article:3:ja", "用紙 labels", section=inner.place, language="ja", group="article:3")
    put("article:4", "Labels tomorrow", section=secret.place, audience=STAFF)
    put("topic:5", "Labels?", kind=DocumentKind.TOPIC, section=board.place, is_solved=True)
    follow()


def links(page: str) -> dict[str, str]:
    """Return where the choices lead, by what they say without spaces."""
    found = re.findall(r'<a [^>]*href="(/search[^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {re.sub(r"<[^>]*>|\s", "", text): unescape(address) for address, text in found}


def results(page: str) -> int:
    return page.count('<article class="result"')


def test_each_choice_leads_to_as_many_results_as_it_says(library: None, client: FlaskClient) -> None:
    offered = links(client.get("/search?q=labels").text)

    counted = {text: int(text[-1]) for text in offered if re.search(r"[^\d][1-9]$", text)}
    assert (
        counted.items()
        >= {
            "Everything4": 4,
            "Articles3": 3,
            "Community1": 1,
            "Solvedquestions1": 1,
            "English3": 3,
            "日本語1": 1,
            "Printing3": 3,
        }.items()
    )
    assert [text for text in offered if text.startswith(("Plans", "Paper"))] == []
    for text, count in counted.items():
        assert results(client.get(offered[text]).text) == count


def test_choices_add_up_and_can_be_taken_back(library: None, client: FlaskClient) -> None:
    first = links(client.get("/search?q=labels&verbatim=1").text)
    inside = client.get(first["Printing3"]).text
    deeper = client.get(links(inside)["›Paper2"]).text
    japanese = client.get(links(deeper)["日本語1"]).text

    assert [results(page) for page in (inside, deeper, japanese)] == [3, 2, 1]
    back = links(japanese)
    assert back["日本語1×Takethischoiceback"] == "/search?q=labels&section=paper&verbatim=1"
    assert back["Paper1×Takethischoiceback"] == "/search?q=labels&language=ja&verbatim=1"


def test_a_secret_section_is_as_unknown_as_any(library: None, client: FlaskClient) -> None:
    def told(slug: str) -> str:
        page = client.get(f"/search?q=labels&section={slug}").text
        return page.split("<main")[1].split("</main>")[0].replace(slug, "")

    assert "Nothing found" in told("plans")
    assert told("plans") == told("made-up")


def test_narrowing_holds_on_the_next_page(put: Put, follow: Callable[[], int], client: FlaskClient) -> None:
    for number in range(12):
        put(f"topic:{number}", f"Labels {number}", kind=DocumentKind.TOPIC, is_solved=number < 11)
    follow()

    page = client.get("/search?q=labels&in=solved&language=en").text

    assert "11 results" in page
    assert results(client.get(links(page)["Moreresults"]).text) == 1


def test_a_kind_that_the_words_name_is_no_choice(library: None, client: FlaskClient) -> None:
    page = client.get("/search?q=labels+in:articles&in=topics").text

    assert results(page) == 3
    assert "What to search" not in page


def test_without_an_index_nothing_is_counted(put: Put, session: Session, client: FlaskClient) -> None:
    section = make_section(session, "Printing")
    put(section=section.place)
    put("article:2", "More labels")

    page = client.get("/search?q=labels&section=printing").text

    assert results(page) == 1
    assert "Narrow the results" not in page


def test_staff_who_ask_are_told_why(library: None, session: Session, browser_of: Browse) -> None:
    staff, customer = browser_of(make_user(session)), browser_of(make_customer(session))

    assert "Why here?" not in staff.get("/search?q=labels").text
    page = staff.get(links(staff.get("/search?q=labels").text)["Whytheseresults?"]).text
    assert page.count("Why here?") == results(page) == 5
    for why in re.findall(r'<details class="why".*?</details>', page, re.DOTALL):
        score = re.search(r"Score ([\d.]+)", why)
        parts = re.findall(r'<td class="number">([\d.]+)', why)
        assert score
        assert sum(round(float(part) * 1000) for part in parts) == round(float(score[1]) * 1000)
    page = customer.get("/search?q=labels&why=1").text
    assert results(page) == 4
    assert "Why" not in page
    assert "core" not in page.split("<main")[1].split("</main>")[0]


def test_what_there_is_in_another_language_only_says_so(
    library: None, put: Put, follow: Callable[[], int], client: FlaskClient
) -> None:
    put("article:1:ja", "ラベル labels", group="article:1", language="ja")
    follow()

    def marked(language: str) -> list[str]:
        page = client.get("/search?q=labels", headers={"Accept-Language": language}).text
        articles = re.findall(r'<article class="result".*?</article>', page, re.DOTALL)
        return sorted(
            re.sub(r"<[^>]*>|\s", "", one.split("<h2>")[1].split("</h2>")[0])
            for one in articles
            if "badge" in one
        )

    assert marked("en") == ["用紙labels"]
    assert marked("ja") == ["Labels?", "Paperforlabels"]
    assert "英語のみ" in client.get("/search?q=labels", headers={"Accept-Language": "ja"}).text
