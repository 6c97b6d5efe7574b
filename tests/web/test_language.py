"""Which language and time zone a reader gets."""

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from portal.web.language import reader_zone


@pytest.mark.parametrize(
    ("wish", "language"),
    [("", "en"), ("ja", "ja"), ("ja-JP,en;q=0.5", "ja"), ("fr,de", "en"), ("en-GB", "en"), ("*", "en")],
)
def test_the_browser_wishes(client: FlaskClient, wish: str, language: str) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": wish})

    assert f'<html lang="{language}"' in page.text


def test_the_address_decides_first(client: FlaskClient) -> None:
    client.post("/language", data={"language": "en"})

    assert '<html lang="ja"' in client.get("/help/ja/").text


def test_times_are_in_the_readers_zone_or_the_sites(app: Flask) -> None:
    settings = app.extensions["settings"]
    with app.test_request_context():
        assert reader_zone(settings) == settings.time_zone
        session["time_zone"] = "Asia/Tokyo"
        assert reader_zone(settings).key == "Asia/Tokyo"


def test_outside_a_request_the_site_speaks_its_own_language(app: Flask) -> None:
    assert app.extensions["select_language"]() == app.extensions["settings"].default_language
