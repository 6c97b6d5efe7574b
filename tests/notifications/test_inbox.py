"""The inbox: told once, to the right person, in their language."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.notifications import queries, service
from portal.notifications.kinds import KINDS
from portal.notifications.models import Notice
from portal.notifications.wording import SENTENCES, sentence
from portal.reactions import community, goals, notices, nudges, plans, reputation, successes, watchers
from portal.reactions.subjects import named_for
from tests.factories import NOW, actor_of, make_customer

Browse = Callable[[User], FlaskClient]
PARAMS = {
    "badge": "100% of labels",
    "count": 3,
    "component_en": "Product use",
    "component_ja": "製品の利用",
    "day": "2026-12-01",
    "days": 21,
    "from_e4": 800_000,
    "is_new": True,
    "level": "100% of labels",
    "lost_e4": 200_000,
    "milestone": "go_live",
    "name": "Kim Sato",
    "note": "",
    "reason": "100% of labels",
    "since": "2026-11-10",
    "title": "100% of labels",
    "to_e4": 600_000,
}


@pytest.fixture
def kim(session: Session) -> User:
    return make_customer(session)


def tell(session: Session, user: User, *, kind: str = "accepted", cause: str = "a", **params: Any) -> None:
    news = service.News(kind=kind, params=PARAMS | params, path="/community/", cause=cause)
    service.tell(session, news, to=[user.id], now=NOW)
    session.commit()


def test_one_cause_is_told_once_to_each(session: Session, kim: User) -> None:
    lee = make_customer(session)
    for _ in range(2):
        tell(session, kim)
        tell(session, lee)
    tell(session, kim, cause="b")

    assert len(queries.lines_for(session, actor_of(kim), named_for, language="en").rows) == 2
    assert len(queries.lines_for(session, actor_of(lee), named_for, language="en").rows) == 1


def test_reading_marks_ones_own(session: Session, kim: User) -> None:
    lee = make_customer(session)
    tell(session, kim)
    tell(session, lee)

    service.read_all(session, actor=actor_of(kim), now=NOW)

    assert queries.unread_count_for(session, actor_of(kim), named_for) == 0
    assert queries.unread_count_for(session, actor_of(lee), named_for) == 1


def test_what_was_read_keeps_its_time(session: Session, kim: User) -> None:
    tell(session, kim)
    service.read_all(session, actor=actor_of(kim), now=NOW)
    service.read_all(session, actor=actor_of(kim), now=NOW.replace(year=2027))

    assert session.scalars(select(Notice.read_at)).one() == NOW


def test_the_inbox_page(session: Session, browser_of: Browse, kim: User) -> None:
    tell(session, kim, title="First")
    tell(session, kim, cause="b", title="<b>Second</b>")
    tell(session, make_customer(session), title="Not mine")
    browser = browser_of(kim)

    page = browser.get("/me/notifications/").text
    answer = browser.post("/me/notifications/")
    read = browser.get("/me/notifications/").text

    assert page.index("&lt;b&gt;Second") < page.index("First")
    assert "Not mine" not in page
    assert re.search(r'class="count">2 ', page)
    assert (answer.status_code, 'class="count"' in read) == (303, False)


def test_visitors_have_no_inbox(client: FlaskClient) -> None:
    assert client.get("/me/notifications/").headers["Location"].startswith("/sign-in")
    assert client.post("/me/notifications/").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("kind", sorted(SENTENCES))
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_kind_has_a_sentence(app: Flask, kind: str, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert "100% of labels" in sentence(kind, PARAMS)


def test_the_sentences_are_in_japanese(app: Flask) -> None:
    with app.test_request_context(), force_locale("ja"):
        assert re.search(r"[ぁ-ん]", sentence("accepted", PARAMS))


def test_every_kind_that_is_told_has_words() -> None:
    sources = [
        Path(module.__file__ or "").read_text()
        for module in (community, goals, notices, nudges, plans, reputation, successes, watchers)
    ]
    told = set(re.findall(r'kind="(\w+)"', "".join(sources)))

    assert told
    assert told <= set(SENTENCES)
    assert set(SENTENCES) == {kind.name for kind in KINDS.values() if not kind.is_letter}
