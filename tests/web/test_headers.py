from collections.abc import Callable

import pytest
from flask import Flask, Response, g
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from tests.factories import make_customer

PATHS = [
    "/",
    "/sign-in",
    "/search?q=labels",
    "/search/suggestions?q=labels",
    "/community/",
    "/no/such/page",
    "/me/team",
    "/healthz",
    "/metrics",
    "/robots.txt",
    "/static/css/tokens.css",
    "/static/vendor/htmx.min.js",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_pages_frame_nothing_until_they_ask_for_it(app: Flask) -> None:
    with app.test_request_context("/"):
        assert "frame-src" not in app.process_response(Response()).headers["Content-Security-Policy"]
    with app.test_request_context("/"):
        g.frame_sources = ("https://player.example", "https://other.example")
        policy = app.process_response(Response()).headers["Content-Security-Policy"]
    assert policy.split("; ")[-1] == "frame-src https://player.example https://other.example"
    assert "default-src 'none'" in policy


def test_pages_are_kept_by_nobody_else(session: Session, browser_of: Callable[[User], FlaskClient]) -> None:
    answer = browser_of(make_customer(session)).get("/me/notifications/")

    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_the_cookie_is_out_of_reach_of_scripts(client: FlaskClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
