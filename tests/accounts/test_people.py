"""Profiles and the reader's language, through the browser."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from tests.factories import make_account, make_customer, make_user

Browse = Callable[[User], FlaskClient]


def test_colleagues_and_staff_see_the_account_of_a_person(session: Session, browser_of: Browse) -> None:
    account = make_account(session, name="Acme Foods")
    kim, lee = (make_user(session, account=account, bio="Ask me about labels.") for _ in range(2))
    path = f"/people/{kim.id}"

    assert "Acme Foods" in browser_of(lee).get(path).text
    assert "Acme Foods" in browser_of(make_user(session)).get(path).text
    stranger = browser_of(make_customer(session)).get(path).text
    assert "Acme Foods" not in stranger
    assert "Ask me about labels." in stranger


def test_a_profile_is_no_markup(session: Session, browser_of: Browse) -> None:
    kim = make_customer(session, name="<script>alert(1)</script>", bio="<img src=x onerror=alert(1)>")

    page = browser_of(kim).get(f"/people/{kim.id}").text

    assert "<script>alert" not in page
    assert "<img" not in page


def test_visitors_see_nobody(session: Session, client: FlaskClient) -> None:
    kim = make_customer(session)

    assert client.get(f"/people/{kim.id}").headers["Location"].startswith("/sign-in")


def test_who_left_or_never_was_is_not_found(session: Session, browser_of: Browse) -> None:
    gone = make_customer(session, is_active=False)
    browser = browser_of(make_user(session))

    for number in (gone.id, 999_999, 2**31, 10**30):
        assert browser.get(f"/people/{number}").status_code == 404


def choose(browser: FlaskClient, language: str, goto: str = "/community/") -> str:
    return browser.post("/language", data={"language": language, "next": goto}).headers["Location"]


def test_a_visitor_chooses_a_language(client: FlaskClient) -> None:
    assert '<html lang="en"' in client.get("/community/").text

    assert choose(client, "ja") == "/community/"

    assert '<html lang="ja"' in client.get("/community/", headers={"Accept-Language": "en"}).text


def test_a_persons_choice_follows_them(session: Session, browser_of: Browse) -> None:
    kim = make_customer(session)
    choose(browser_of(kim), "ja")
    session.expire_all()
    session.rollback()

    assert kim.language == "ja"


def test_an_unknown_language_is_not_found(client: FlaskClient) -> None:
    assert client.post("/language", data={"language": "tlh"}).status_code == 404
    assert '<html lang="en"' in client.get("/community/").text


def test_choosing_a_language_leads_to_no_other_site(client: FlaskClient) -> None:
    assert choose(client, "ja", "https://evil.example/") == "/"


def test_the_browsers_wish_counts_before_a_choice(client: FlaskClient) -> None:
    japanese = {"Accept-Language": "fr, ja;q=0.8, en;q=0.5"}

    assert '<html lang="ja"' in client.get("/community/", headers=japanese).text
