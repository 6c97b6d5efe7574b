"""The preview is what will be shown, made by the same renderer, and says what pictures lack."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.content.markdown import render
from portal.files import service
from portal.files.rules import path_of
from portal.knowledge.snippets import service as snippets
from tests.factories import NOW, make_user
from tests.files.pictures import encoded, halves

PIECE = {"HX-Request": "true"}
BODY = "## Steps\n\n1. Press **Print**.\n\n> [!TIP]\n> Use *labels*.\n\n<script>alert(1)</script>"


@pytest.fixture
def browser(session: Session, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(make_user(session))


def test_a_preview_is_what_the_renderer_makes(browser: FlaskClient) -> None:
    piece = browser.post("/staff/articles/preview?language=ja", data={"body": BODY}, headers=PIECE).text
    page = browser.post("/staff/articles/preview", data={"body": BODY}).text

    assert piece.strip() == f'<div class="prose" lang="ja">{render(BODY).html}</div>'
    assert f'<div class="prose" lang="en">{render(BODY).html}</div>' in page
    assert "<h1>Preview</h1>" in page
    assert browser.post("/staff/articles/preview?language=fr", data={"body": BODY}).status_code == 404


def test_a_preview_has_snippets_in_place_and_says_whom_its_parts_are_for(
    session: Session, browser: FlaskClient
) -> None:
    snippets.add_snippet(session, actor=SYSTEM, name="reach-us", bodies={"en": "Write to **us**."})
    session.commit()
    body = "{{snippet:reach-us}}\n\n:::only plan=team\nMore.\n:::\n"
    piece = browser.post("/staff/articles/preview", data={"body": body}, headers=PIECE).text

    assert "Write to <strong>us</strong>." in piece
    assert "For the Team plan" in piece
    assert "More." in piece


def test_a_preview_shows_pictures_in_their_size_and_asks_for_descriptions(
    app: Flask, session: Session, browser: FlaskClient
) -> None:
    folder = app.extensions["settings"].uploads_dir
    file = service.store(session, folder=folder, name="a", content=encoded(halves()), now=NOW)
    session.commit()
    path = path_of(file)
    one = browser.post("/staff/articles/preview", data={"body": f"![]({path})"}, headers=PIECE).text
    none = browser.post("/staff/articles/preview", data={"body": f"![Halves]({path})"}, headers=PIECE).text

    assert 'width="40" height="20"' in one
    assert "1 picture has no description." in one
    assert 'width="40" height="20"' in none
    assert "no description" not in none


def test_a_text_that_is_too_long_is_not_rendered(browser: FlaskClient) -> None:
    answer = browser.post("/staff/articles/preview", data={"body": "x" * 2_000_000}, headers=PIECE)

    assert answer.status_code == 422
