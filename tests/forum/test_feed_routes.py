from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN
from portal.accounts.models import User
from portal.forum.paths import path_of_topic
from tests.architecture.test_statements import statements_of
from tests.factories import NOW, make_board, make_customer, make_reply, make_topic
from tests.machines import ATOM, BASE, LANG, xml_of

FEED: Final = "/community/feed.atom"
STATEMENTS: Final = 2


def test_the_newest_topics_come_first_with_their_authors(client: FlaskClient, session: Session) -> None:
    asker = make_customer(session, name="Ana Lima")
    old = make_topic(session, author=asker, title="An old one", now=NOW - timedelta(days=1))
    new = make_topic(session, author=asker, title="印刷できません", body="用紙が出ません。")
    make_reply(session, author=asker, topic=old, now=NOW + timedelta(hours=1))
    feed = xml_of(client.get(FEED, headers={"Accept-Language": "ja"}))
    first, second = feed.iter(f"{ATOM}entry")
    link = first.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href", "").startswith(f"{BASE}/community/topics/{new.id}-")
    assert feed.findtext(f"{ATOM}title") == "Community · Engawa"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-20T04:00:00+00:00"
    assert (feed.get(LANG), first.get(LANG)) == ("en", "ja")
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "Ana Lima"
    assert first.findtext(f"{ATOM}summary") == "用紙が出ません。"
    assert second.findtext(f"{ATOM}id") == f"{BASE}/community/topics/{old.id}"
    assert second.findtext(f"{ATOM}published") == "2026-11-19T03:00:00+00:00"


def test_boards_that_are_not_for_everyone_are_not_told_of(client: FlaskClient, session: Session) -> None:
    make_topic(session, author=make_customer(session), board=make_board(session, audience=SIGNED_IN))
    feed = xml_of(client.get(FEED))
    assert list(feed.iter(f"{ATOM}entry")) == []
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"


def test_an_unchanged_feed_is_not_sent_again(client: FlaskClient, session: Session) -> None:
    asker = make_customer(session)
    topic = make_topic(session, author=asker)
    seen = {"If-None-Match": client.get(FEED).headers["ETag"]}
    assert client.get(FEED, headers=seen).status_code == 304
    make_reply(session, author=asker, topic=topic, now=NOW + timedelta(hours=1))
    assert client.get(FEED, headers=seen).status_code == 200


def test_it_costs_the_same_however_much_it_tells(app: Flask, session: Session, client: FlaskClient) -> None:
    make_topic(session, author=make_customer(session))
    cost = statements_of(app, client, FEED)
    for _ in range(10):
        make_topic(session, author=make_customer(session))
    assert cost == statements_of(app, client, FEED) <= STATEMENTS


def test_the_feed_leads_to_pages_that_are_there(client: FlaskClient, session: Session) -> None:
    topic = make_topic(session, author=make_customer(session))
    assert client.get(f"/community/topics/{topic.id}").location == path_of_topic(topic)


def test_a_board_has_a_feed_of_its_own(client: FlaskClient, session: Session) -> None:
    asker, board = make_customer(session), make_board(session)
    make_topic(session, author=asker, board=board, title="Here")
    make_topic(session, author=asker, title="Elsewhere")
    feed = xml_of(client.get(f"/community/{board.slug}/feed.atom"))
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["Here"]
    assert feed.findtext(f"{ATOM}title") == f"{board.name('en')} · Engawa"


def test_a_board_that_is_not_for_everyone_has_none(
    session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    asker, board = make_customer(session), make_board(session, audience=SIGNED_IN)
    assert browser_of(asker).get(f"/community/{board.slug}/feed.atom").status_code == 404
