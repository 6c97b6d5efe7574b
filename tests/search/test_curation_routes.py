"""The pages on which staff curate search."""

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.search.curation.models import SearchPin, SearchSynonym
from tests.factories import make_customer, make_user
from tests.search.conftest import Put

Browser = Callable[[User], FlaskClient]
PINS, SYNONYMS, TRIAL = "/staff/search/pins/", "/staff/search/synonyms/", "/staff/search/"
UNDO = {"_method": "delete"}


@pytest.fixture
def staff(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session, name="Sam Ito"))


@pytest.fixture
def pages(put: Put, follow: Callable[[], int]) -> None:
    put("article:1", "Print labels")
    put("article:2", "Pay")
    follow()


def rule(session: Session) -> SearchSynonym:
    session.rollback()
    return session.scalars(select(SearchSynonym)).one()


def pin(session: Session) -> SearchPin:
    session.rollback()
    return session.scalars(select(SearchPin)).one()


def send_file(staff: FlaskClient, content: str | bytes) -> TestResponse:
    raw = content.encode() if isinstance(content, str) else content
    return staff.post(f"{SYNONYMS}files", data={"file": (io.BytesIO(raw), "synonyms.csv")})


@pytest.mark.usefixtures("pages")
def test_a_result_is_pinned_where_it_is_found_and_taken_off(staff: FlaskClient, session: Session) -> None:
    page = staff.get("/search?q=labels").text
    assert page.count("Pin for this query") == 1
    sent = {"query": "labels", "group": "article:2"}
    came_from = {"Referer": "http://localhost/search?q=labels"}
    assert staff.post(PINS, data=sent, headers=came_from).location == "/search?q=labels"
    page = staff.get("/search?q=labels").text
    assert page.index("Pay") < page.index("Recommended") < page.index("Print <mark>labels</mark>")
    assert page.count("Pinned by staff") == page.count("Pin for this query") == 1
    assert "Pin for this query" not in staff.get('/search?q="labels"').text

    removal = f"{PINS}{pin(session).id}/removal"
    assert removal in staff.get(PINS).text
    assert staff.post(removal).location == PINS
    assert f'action="{removal}"' in staff.get(PINS).text
    assert "Nothing is pinned" in staff.get(PINS).text
    assert staff.post(removal, data=UNDO).location == PINS
    assert "Recommended" in staff.get("/search?q=labels").text


@pytest.mark.usefixtures("pages")
def test_readers_see_a_recommendation_and_no_button(
    staff: FlaskClient, client: FlaskClient, session: Session, browser_of: Browser
) -> None:
    staff.post(PINS, data={"query": "labels", "group": "article:2"})
    for browser in (client, browser_of(make_customer(session))):
        page = browser.get("/search?q=labels").text
        assert "Recommended" in page
        assert "Pin for this query" not in page
        assert "Pinned by staff" not in page


@pytest.mark.usefixtures("pages")
def test_a_trial_shows_both_lists_and_what_makes_the_difference(staff: FlaskClient) -> None:
    assert "Without" not in staff.get(TRIAL).text
    staff.post(PINS, data={"query": "sticker", "group": "article:2"})
    staff.post(SYNONYMS, data={"words": "sticker", "means": "labels"})
    page = staff.get(f"{TRIAL}?q=stickers&words=pay").text
    assert page.count("2 results") == page.count("0 results") == 1
    assert "sticker → labels" in page
    assert page.count("otherwise not on this page") == 2
    assert page.count("Unpin") == 2
    assert "None speaks of this query." in staff.get(f"{TRIAL}?q=pay").text


def test_a_synonym_is_added_changed_removed_and_restored(staff: FlaskClient, session: Session) -> None:
    assert 'value="bill"' in staff.get(f"{SYNONYMS}?words=bill").text
    sent = {"words": "bill", "means": "請求書", "both_ways": "y"}
    assert staff.post(SYNONYMS, data=sent).location == SYNONYMS
    page = staff.get(SYNONYMS).text
    assert "Sam Ito" in page
    assert "In both directions" in page
    address = f"{SYNONYMS}{rule(session).id}"
    assert "bill ↔ 請求書" in staff.get(address).text
    assert staff.post(address, data={"words": "bills", "means": "請求書"}).status_code == 303
    assert (rule(session).words, rule(session).is_both_ways) == ("bills", False)
    assert staff.post(address, data={"words": "", "means": "請求書"}).status_code == 422
    assert staff.post(f"{address}/removal").location == SYNONYMS
    assert "There is none yet." in staff.get(SYNONYMS).text
    assert staff.post(f"{address}/removal", data=UNDO).status_code == 303
    assert "請求書" in staff.get(f"{SYNONYMS}?contains=BILLS").text
    assert "No such synonym" in staff.get(f"{SYNONYMS}?contains=invoice").text


@pytest.mark.parametrize(
    ("words", "means", "said"),
    [
        ("the", "請求書 <b>", "Search passes over words as common as these."),
        ("bills", "bill", "Both sides are the same to search"),
        ("x" * 201, "bill", "This is too long: 200 characters are enough."),
    ],
)
def test_what_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, session: Session, words: str, means: str, said: str
) -> None:
    answer = staff.post(SYNONYMS, data={"words": words, "means": means})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{words}"' in answer.text
    assert session.scalars(select(SearchSynonym)).all() == []


def test_synonyms_leave_and_come_as_a_file(staff: FlaskClient, session: Session) -> None:
    for words, means in (("bill", "請求書"), ("SSO", "single sign-on")):
        staff.post(SYNONYMS, data={"words": words, "means": means, "both_ways": "y"})
    content = staff.get(f"{SYNONYMS}?format=csv").text
    assert content == "\ufeffwords,means,both_ways\r\nSSO,single sign-on,yes\r\nbill,請求書,yes\r\n"
    assert send_file(staff, content + "invoice,bill,no\r\n").status_code == 303
    assert "1 rule added." in staff.get(SYNONYMS).text
    session.rollback()
    assert {row.words: row.is_both_ways for row in session.scalars(select(SearchSynonym))} == {
        "bill": True,
        "SSO": True,
        "invoice": False,
    }


@pytest.mark.parametrize(
    "content",
    [
        "",
        "words,means,both_ways\n",
        "a,b\nc,d\n",
        "words,means,both_ways\nc1\n",
        "words,means,both_ways\nthe,c1,no\n",
        "words,means,both_ways\nc1,d1\x00,no\n\x00",
        b"\xff\xfe\x00",
        "words,means,both_ways\n" + "a1,b1,no\n" * 5001,
        'words,means,both_ways\n"' + "x" * 200_000 + '",b1,no\n',
    ],
)
def test_a_file_that_cannot_be_used_adds_nothing(
    staff: FlaskClient, session: Session, content: str | bytes
) -> None:
    assert send_file(staff, content).status_code == 422
    assert session.scalars(select(SearchSynonym)).all() == []


@pytest.mark.usefixtures("pages")
def test_a_pin_is_changed(staff: FlaskClient, session: Session) -> None:
    staff.post(PINS, data={"query": "labels", "group": "article:2"})
    address = f"{PINS}{pin(session).id}"
    assert "Pinned to “labels”" in staff.get(address).text
    assert staff.post(address, data={"query": "cost", "language": "ja", "place": "1"}).location == PINS
    assert (pin(session).query, pin(session).language) == ("cost", "ja")
    assert "日本語" in staff.get(f"{PINS}?contains=COST").text
    assert "No such pin" in staff.get(f"{PINS}?contains=labels").text
    for wrong in ({"query": "the"}, {"place": "0"}, {"place": "x"}, {"language": "xx"}):
        answer = staff.post(address, data={"query": "cost", "language": "ja", "place": "1"} | wrong)
        assert answer.status_code == 422
    for sent in ({"query": "the"}, {"query": "cost", "group": "article:404"}, {"query": "\x00" * 9}, {}):
        assert staff.post(PINS, data={"group": "article:1"} | sent).status_code == 422


@pytest.mark.parametrize("address", [f"{PINS}?", f"{SYNONYMS}?", f"{TRIAL}?q=a&"])
def test_nonsense_in_an_address_is_no_error(staff: FlaskClient, address: str) -> None:
    nonsense = "contains=%25_&page=99999999999999999999&language=xx&words=" + "x" * 3000
    assert staff.get(address + nonsense).status_code == 200
    assert staff.get(f"{address}page=-1&q=%22").status_code == 200
