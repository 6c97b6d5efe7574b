import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.content.markdown import render
from portal.content.variants import NEWEST, Choice
from portal.knowledge.models import Translation
from portal.knowledge.reading.variants import Switch, choice_of, switch_of
from tests.factories import actor_of, make_account, make_user
from tests.knowledge.factories import make_article

BODY = """\
## Everyone

:::only plan=team,business
## Larger plans
:::
:::only version>=2.1
## New menu
:::
:::only version<2.1
## Old menu
:::
"""
Browse = Callable[[User], FlaskClient]


@pytest.fixture
def text(session: Session) -> Translation:
    return make_article(session, body=BODY)


@pytest.fixture
def of_plan(session: Session, browser_of: Browse) -> Callable[[str], FlaskClient]:
    def sign_in(plan: str) -> FlaskClient:
        return browser_of(make_user(session, account=make_account(session, plan=plan)))

    return sign_in


def page(browser: FlaskClient, text: Translation, query: str = "", language: str = "en") -> str:
    answer = browser.get(f"/help/{language}/articles/{text.article_id}-{text.slug}{query}")
    assert answer.status_code == 200
    return answer.text


def headings(html: str) -> list[str]:
    return re.findall(r'<h2 id="h-[^"]+">([^<]+)', html)


def contents(html: str) -> list[str]:
    return re.findall(r'<a href="#h-[^"]+">([^<]+)', html)


def test_readers_see_what_is_for_their_plan_and_the_newest_version(
    of_plan: Callable[[str], FlaskClient], text: Translation
) -> None:
    assert headings(page(of_plan("team"), text)) == ["Everyone", "Larger plans", "New menu"]
    assert headings(page(of_plan("starter"), text)) == ["Everyone", "New menu"]


def test_the_contents_list_what_is_shown(of_plan: Callable[[str], FlaskClient], text: Translation) -> None:
    browser = of_plan("starter")
    for query in ("", "?version=1", "?plan=all"):
        html = page(browser, text, query)
        assert contents(html) == headings(html)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?plan=team", ["Everyone", "Larger plans", "New menu"]),
        ("?plan=starter&version=2.0", ["Everyone", "Old menu"]),
        ("?version=0", ["Everyone", "Old menu"]),
        ("?plan=all&version=all", ["Everyone", "Larger plans", "New menu", "Old menu"]),
        ("?plan=%3Cx%3E&version=new", ["Everyone", "New menu"]),
    ],
)
def test_readers_can_switch(
    of_plan: Callable[[str], FlaskClient], text: Translation, query: str, expected: list[str]
) -> None:
    browser = of_plan("starter")
    assert headings(page(browser, text, query)) == expected
    assert headings(page(browser, text)) == ["Everyone", "New menu"]


def test_visitors_and_staff_see_everything_with_labels(
    session: Session, client: FlaskClient, browser_of: Browse, text: Translation
) -> None:
    for browser in (client, browser_of(make_user(session))):
        html = page(browser, text)
        assert headings(html) == ["Everyone", "Larger plans", "New menu", "Old menu"]
        assert re.findall(r'<p class="only-label">([^<]+)', html) == [
            "For the Team, Business plans",
            "From version 2.1 on",
            "Before version 2.1",
        ]
    assert "only-label" not in page(client, text, "?plan=team&version=newest")


def test_the_switch_shows_what_is_chosen(client: FlaskClient, text: Translation) -> None:
    html = page(client, text, "?plan=team&version=2.0")
    assert re.findall(r'<option value="([^"]+)"\s+selected>', html) == ["team", "0"]
    assert 'name="plan"' not in page(client, text, "").split("<h1")[0]


def test_an_article_for_everyone_has_no_switch(client: FlaskClient, session: Session) -> None:
    assert 'name="plan"' not in page(client, make_article(session))


def test_between_versions_there_are_ways(app: Flask) -> None:
    html = render(":::only version>=3\na\n:::\n:::only version<2.1\nb\n:::").html
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        ways = (
            ("all", "All versions"),
            (NEWEST, "Version 3 and later"),
            ("2.1", "Version 2.1"),
            ("0", "Before version 2.1"),
        )
        assert switch_of(html, Choice()) == Switch(plans=(), plan="all", versions=ways, version="all")
        reached = {
            version: found.version
            for version in (NEWEST, "3.0", "10", "2.9", "2.1", "2")
            if (found := switch_of(html, Choice(version=version)))
        }
    assert reached == {NEWEST: NEWEST, "3.0": NEWEST, "10": NEWEST, "2.9": "2.1", "2.1": "2.1", "2": "0"}


def test_what_is_asked_is_read_strictly(session: Session) -> None:
    actor = actor_of(make_user(session, account=make_account(session, plan="team")))
    own = Choice(plan="team", version=NEWEST)
    assert choice_of(actor, {}) == own
    assert choice_of(actor, {"plan": "x" * 41, "version": "1." * 9}) == own
    assert choice_of(actor, {"plan": "all", "version": "2"}) == Choice(version="2")
