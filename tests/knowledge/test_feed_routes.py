from datetime import timedelta
from typing import Final
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN, STAFF
from portal.knowledge.models import ArticleStatus, Translation
from portal.knowledge.reading import publication
from tests.architecture.test_statements import statements_of
from tests.factories import NOW
from tests.knowledge.factories import make_article, make_section, translate
from tests.machines import ATOM, BASE, LANG, xml_of

FEED: Final = "/help/en/feed.atom"
STATEMENTS: Final = 2
STATEMENTS_OF_SECTION: Final = 5


def titles(client: FlaskClient, path: str = FEED) -> list[str]:
    return [entry.findtext(f"{ATOM}title", "") for entry in xml_of(client.get(path)).iter(f"{ATOM}entry")]


def change(session: Session, text: Translation, *, hours: int) -> None:
    text.updated_at = NOW + timedelta(hours=hours)
    session.commit()


def test_a_feed_says_what_it_is_and_where(client: FlaskClient, session: Session) -> None:
    make_article(session)
    feed = xml_of(client.get(FEED))
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert (feed.tag, feed.get(LANG)) == (f"{ATOM}feed", "en")
    assert links == {"self": BASE + FEED, "alternate": f"{BASE}/help/en/"}
    assert feed.findtext(f"{ATOM}id") == BASE + FEED
    assert feed.findtext(f"{ATOM}title") == "Help · Engawa"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Engawa"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-20T03:00:00+00:00"


def test_an_entry_has_all_that_readers_of_feeds_need(client: FlaskClient, session: Session) -> None:
    text = make_article(session, "ラベル <印刷> & more", language="ja")
    change(session, text, hours=2)
    entry = next(xml_of(client.get("/help/ja/feed.atom")).iter(f"{ATOM}entry"))
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"{BASE}/help/ja/articles/{text.article_id}-{quote(text.slug)}"
    assert entry.get(LANG) == "ja"
    assert entry.findtext(f"{ATOM}id") == f"{BASE}/help/articles/{text.article_id}#ja"
    assert entry.findtext(f"{ATOM}title") == "ラベル <印刷> & more"
    assert entry.findtext(f"{ATOM}published") == "2026-11-20T03:00:00+00:00"
    assert entry.findtext(f"{ATOM}updated") == "2026-11-20T05:00:00+00:00"
    assert entry.findtext(f"{ATOM}summary") == "What you can do then."


def test_the_last_changed_come_first_and_old_ones_not_at_all(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "NEWEST", 2)
    first, _second, third = [make_article(session, title) for title in ("First", "Second", "Third")]
    change(session, third, hours=1)
    change(session, first, hours=2)
    assert titles(client) == ["First", "Third"]


def test_a_feed_speaks_one_language(client: FlaskClient, session: Session) -> None:
    translate(session, make_article(session, "Print labels"), "ラベルを印刷する")
    assert titles(client) == ["Print labels"]
    assert titles(client, "/help/ja/feed.atom") == ["ラベルを印刷する"]


def test_a_feed_holds_only_what_anyone_may_read(client: FlaskClient, session: Session) -> None:
    section = make_section(session, "Printing")
    make_article(session, "Public", section=section)
    make_article(session, "Members", section=section, audience=SIGNED_IN)
    make_article(session, "Staff", section=section, audience=STAFF)
    make_article(session, "Draft", section=section, status=ArticleStatus.DRAFT)
    assert titles(client) == titles(client, "/help/en/printing/feed.atom") == ["Public"]


def test_a_section_tells_of_all_below_it_and_nothing_else(client: FlaskClient, session: Session) -> None:
    top = make_section(session, "Top")
    make_article(session, "Above", section=top)
    inner = make_section(session, "Inner", parent=top)
    make_article(session, "Within", section=make_section(session, "Inmost", parent=inner))
    make_article(session, "Elsewhere")
    path = "/help/ja/inner/feed.atom"
    assert titles(client, "/help/en/inner/feed.atom") == ["Within"]
    assert titles(client, path) == []
    assert xml_of(client.get(path)).findtext(f"{ATOM}title", "").startswith("セクション ")


@pytest.mark.parametrize("slug", ["internal", "nothing"])
def test_a_section_without_anything_public_has_no_feed(
    client: FlaskClient, session: Session, slug: str
) -> None:
    make_article(session, section=make_section(session, "Internal"), audience=SIGNED_IN)
    assert client.get(f"/help/en/{slug}/feed.atom").status_code == 404


def test_an_unchanged_feed_is_not_sent_again(app: Flask, client: FlaskClient, session: Session) -> None:
    make_article(session)
    headers = client.get(FEED).headers
    seen = {"If-None-Match": headers["ETag"]}
    assert headers["Cache-Control"] == "public, max-age=300"
    assert client.get(FEED, headers=seen).status_code == 304
    assert client.get(FEED, headers={"If-Modified-Since": headers["Last-Modified"]}).status_code == 304
    make_article(session, "Another")
    assert client.get(FEED, headers=seen).status_code == 200


def test_nobody_gets_a_cookie_from_a_feed(client: FlaskClient, session: Session) -> None:
    make_article(session)
    assert "Set-Cookie" not in client.get(FEED).headers


@pytest.mark.parametrize(
    ("path", "most"), [(FEED, STATEMENTS), ("/help/en/top/feed.atom", STATEMENTS_OF_SECTION)]
)
def test_a_feed_costs_the_same_however_much_it_tells(
    app: Flask, session: Session, client: FlaskClient, path: str, most: int
) -> None:
    section = make_section(session, "Top")
    make_article(session, section=section)
    cost = statements_of(app, client, path)
    for _ in range(10):
        translate(session, make_article(session, section=make_section(session, parent=section)))
    assert cost == statements_of(app, client, path) <= most
