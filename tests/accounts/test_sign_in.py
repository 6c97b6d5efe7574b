"""Signing in and out, through the browser."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import SignIn, User
from portal.accounts.passwords import hash_password
from portal.accounts.service import SIGN_IN_LASTS
from tests.factories import NOW, make_customer

PASSWORD = "correct horse battery"
WRONG = "do not belong together"


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def kim(session: Session) -> User:
    return make_customer(session, name="Kim Sato", email="kim@acme.example", password_hash=password_hash())


def sign_in(browser: FlaskClient, email: str = "kim@acme.example", **form: str) -> TestResponse:
    return browser.post("/sign-in", data={"email": email, "password": PASSWORD} | form)


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get("/me/notifications/").status_code == 200


def test_address_and_password_open_the_door(client: FlaskClient, kim: User) -> None:
    answer = sign_in(client, next="/community/?queue=mine")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/community/?queue=mine")
    assert "Kim Sato" in client.get("/community/").text


def test_the_address_may_be_typed_in_any_case(client: FlaskClient, kim: User) -> None:
    assert sign_in(client, " KIM@Acme.example ").status_code == 303


@pytest.mark.parametrize(
    "form",
    [{"password": "wrong password"}, {"email": "nobody@acme.example"}, {"email": "kim@acme.example'--"}],
)
def test_what_does_not_belong_together_is_refused(
    client: FlaskClient, kim: User, form: dict[str, str]
) -> None:
    answer = sign_in(client, **form)

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert not is_signed_in(client)


def test_a_refusal_keeps_the_address_and_the_way_but_no_password(client: FlaskClient, kim: User) -> None:
    page = sign_in(client, password="wrong password", next="/onboarding/").text

    assert 'value="kim@acme.example"' in page
    assert 'value="/onboarding/"' in page
    assert "wrong password" not in page


def test_an_inactive_person_stays_outside(session: Session, client: FlaskClient, kim: User) -> None:
    kim.is_active = False
    session.commit()

    assert WRONG in sign_in(client).text


def test_an_imported_person_has_no_password_to_guess(session: Session, client: FlaskClient) -> None:
    make_customer(session, email="guest@acme.example", password_hash=None)

    assert sign_in(client, "guest@acme.example", password="").status_code == 422
    assert WRONG in sign_in(client, "guest@acme.example").text


def test_a_person_made_inactive_is_out_at_once(session: Session, client: FlaskClient, kim: User) -> None:
    sign_in(client)
    assert is_signed_in(client)

    kim.is_active = False
    session.commit()

    assert not is_signed_in(client)


def test_signing_out_kills_the_old_cookie_too(app: Flask, client: FlaskClient, kim: User) -> None:
    sign_in(client)
    cookie = client.get_cookie("portal")
    assert cookie is not None

    answer = client.post("/sign-out")

    thief = app.test_client()
    thief.set_cookie("portal", cookie.value)
    assert answer.headers["Location"] == "/"
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_signing_out_leaves_other_browsers_alone(
    session: Session, client: FlaskClient, browser_of: Callable[[User], FlaskClient], kim: User
) -> None:
    elsewhere = browser_of(kim)
    sign_in(client)
    client.post("/sign-out")

    assert is_signed_in(elsewhere)


def test_a_sign_in_ends_by_itself(client: FlaskClient, kim: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client)
        clock.shift(SIGN_IN_LASTS - timedelta(minutes=1))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=2))
        assert not is_signed_in(client)


def test_the_database_keeps_no_key_that_opens_anything(
    session: Session, client: FlaskClient, kim: User
) -> None:
    sign_in(client)
    with client.session_transaction() as cookie:
        key = cookie["_user_id"]
    session.rollback()

    assert key not in session.scalars(select(SignIn.key_hash)).all()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\t\\evil.example",
        "/%5c/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "http:evil.example",
        "@evil.example",
    ],
)
def test_next_never_leaves_the_site(client: FlaskClient, kim: User, target: str) -> None:
    location = sign_in(client, next=target).headers["Location"].replace("\\", "/")

    assert urlsplit(urljoin("http://localhost/sign-in", location)).netloc == "localhost"


def test_who_is_signed_in_is_not_asked_again(browser_of: Callable[[User], FlaskClient], kim: User) -> None:
    answer = browser_of(kim).get("/sign-in?next=/onboarding/")

    assert answer.headers["Location"] == "/onboarding/"


def test_a_visitor_comes_back_to_the_page_that_asked(client: FlaskClient, kim: User) -> None:
    asked = client.get("/community/topics/new?board=labels").headers["Location"]

    assert "/community/topics/new?board" in asked.replace("%3F", "?")
    assert 'value="/community/topics/new?board=labels"' in client.get(asked).text
