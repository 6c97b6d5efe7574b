"""Errors as pages: what happened, what to do, in the reader's language, and nothing of the inside."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, PortalError
from portal.search.engine import IndexUnavailableError
from portal.web.errors import explain
from portal.web.limits import limiter

ERRORS: dict[str, tuple[Exception, int]] = {
    "not-found": (NotFoundError("secret thing"), 404),
    "forbidden": (ForbiddenError("secret right"), 403),
    "conflict": (ConflictError("%(thing)s was changed.", thing="100% of it"), 409),
    "invalid": (InvalidError("That is no date."), 422),
    "other": (PortalError("secret"), 500),
    "index": (IndexUnavailableError("secret"), 500),
    "crash": (RuntimeError("secret"), 500),
}


@pytest.fixture
def failing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser for whom the page of a board raises the error of that name."""

    def fail(slug: str) -> str:
        raise ERRORS[slug][0]

    monkeypatch.setitem(app.view_functions, "forum.show_board", fail)
    return app.test_client()


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_its_page(failing: FlaskClient, name: str) -> None:
    answer = failing.get(f"/community/{name}/")

    assert answer.status_code == ERRORS[name][1]
    assert "<h1>" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_message_for_people_is_shown(failing: FlaskClient) -> None:
    assert "100% of it was changed." in failing.get("/community/conflict/").text
    assert "That is no date." in failing.get("/community/invalid/").text


def test_machines_get_json(failing: FlaskClient) -> None:
    answer = failing.get("/community/invalid/", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()) == (422, {"status": 422, "detail": "That is no date."})


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/community/topics/x-y", "/static/none.css", "/%2e%2e/etc"]
)
def test_an_unknown_address_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "This page is not here" in answer.text


@pytest.mark.parametrize("path", ["/people/{}", "/community/topics/{}", "/search/passages/{}"])
def test_a_number_that_no_row_can_have_is_not_found(client: FlaskClient, path: str) -> None:
    for number in (0, 2**31, 2**63, 10**40):
        assert client.get(path.format(number), follow_redirects=False).status_code in {302, 404}


def test_a_wrong_method_is_told(client: FlaskClient) -> None:
    answer = client.post("/community/")

    assert answer.status_code == 405
    assert "This could not be used" in answer.text


@pytest.mark.parametrize("path", ["/community/%00/", "/community/?after=%00", "/invitations/%00"])
def test_what_no_database_can_hold_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {404, 422}


def test_a_form_with_such_a_character_is_refused(client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"email": "a\x00@b.example", "password": "x"}).status_code == 422


def test_too_much_is_refused(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)

    assert client.post("/sign-in", data={"email": "x" * 2000}).status_code == 413


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of a site that looks at the token of forms, as every site but these tests does."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app.test_client()


def test_a_form_from_elsewhere_is_refused(guarded: FlaskClient) -> None:
    for data in ({}, {"csrf_token": "made up"}):
        answer = guarded.post("/language", data=data | {"language": "ja"})
        assert answer.status_code == 422
        assert "reload the page and send it again" in answer.text


def test_a_form_of_ours_is_taken(guarded: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', guarded.get("/sign-in").text)
    assert token is not None

    assert guarded.post("/language", data={"csrf_token": token[1], "language": "ja"}).status_code == 303


@pytest.fixture
def limited() -> Iterator[None]:
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def test_who_guesses_passwords_is_slowed_down(limited: None, client: FlaskClient) -> None:
    statuses = [client.post("/sign-in", data={"email": ""}).status_code for _ in range(21)]

    assert statuses == [422] * 20 + [429]


def test_errors_are_in_the_readers_language(client: FlaskClient) -> None:
    page = client.get("/no/such/page", headers={"Accept-Language": "ja"}).text

    assert '<html lang="ja"' in page
    assert "This page is not here" not in page


def test_days_and_texts_by_language_are_said_in_the_readers(app: Flask) -> None:
    error = InvalidError(
        "%(step)s, %(day)s: %(proof)s",
        step={"en": "Import", "ja": "取り込む"},
        day=date(2026, 11, 6),
        proof={"kind": "feature.used"},
    )
    with app.test_request_context():
        assert explain(error) == "Import, Nov 6, 2026: {'kind': 'feature.used'}"
        with force_locale("ja"):
            assert explain(error).startswith("取り込む, 2026/11/06: ")
