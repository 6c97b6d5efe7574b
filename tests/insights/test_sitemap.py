from datetime import timedelta
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN, STAFF
from portal.core.clock import utc_now
from portal.forum.paths import path_of_topic
from portal.insights import sitemap
from portal.knowledge.models import ArticleStatus
from portal.knowledge.paths import path_of_article
from portal.web.cards import absolute
from tests.architecture.test_statements import statements_of
from tests.factories import make_board, make_customer, make_reply, make_topic
from tests.knowledge.factories import make_article, make_section, translate
from tests.machines import BASE, SITEMAP, XHTML, xml_of

SMALL: Final = 8  # Addresses: four rows in two languages.
STATEMENTS: Final = 9


def listed(client: FlaskClient, path: str = "/sitemap.xml") -> dict[str, tuple[str | None, dict[str, str]]]:
    """Return what a sitemap lists: by address, when it changed and its alternates by language."""
    root = xml_of(client.get(path))
    assert root.tag == f"{SITEMAP}urlset"
    return {
        url.findtext(f"{SITEMAP}loc", ""): (
            url.findtext(f"{SITEMAP}lastmod"),
            {link.get("hreflang", ""): link.get("href", "") for link in url.iter(f"{XHTML}link")},
        )
        for url in root
    }


def test_an_empty_site_lists_its_front_doors(client: FlaskClient) -> None:
    homes = {language: f"{BASE}/help/{language}/" for language in ("en", "ja")}
    assert listed(client) == {
        f"{BASE}/": (None, {}),
        homes["en"]: (None, homes),
        homes["ja"]: (None, homes),
        f"{BASE}/community/": (None, {}),
    }


def test_an_article_is_listed_in_each_language_with_the_others(client: FlaskClient, session: Session) -> None:
    section = make_section(session, "Printing")
    english = make_article(session, section=section)
    japanese = translate(session, english)
    paths = {
        text.language: absolute(path_of_article(text.article_id, text.slug, language=text.language))
        for text in (english, japanese)
    }
    found = listed(client)
    assert paths["ja"].isascii()
    assert found[paths["en"]] == found[paths["ja"]] == ("2026-11-20T03:00:00+00:00", paths)
    names = {language: f"{BASE}/help/{language}/printing/" for language in ("en", "ja")}
    assert found[names["ja"]] == ("2026-11-20T03:00:00+00:00", names)


def test_an_article_in_one_language_has_no_alternates(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    translate(session, text, status=ArticleStatus.DRAFT)
    of_articles = [alternates for url, (_at, alternates) in listed(client).items() if "/articles/" in url]
    assert of_articles == [{}]


def test_what_visitors_do_not_see_is_not_listed(client: FlaskClient, session: Session) -> None:
    before = listed(client)
    make_article(session, audience=STAFF)
    make_article(session, audience=SIGNED_IN)
    draft = make_article(session, status=ArticleStatus.DRAFT)
    make_article(session).article.merged_into_id = draft.article_id
    make_topic(session, author=make_customer(session), board=make_board(session, audience=SIGNED_IN))
    assert listed(client) == before


def test_topics_are_listed_while_they_are_solved_or_talked_about(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    asker, board, long_ago = make_customer(session), make_board(session), utc_now() - timedelta(days=400)
    recent = make_topic(session, author=asker, board=board, title="Recent", now=utc_now())
    solved = make_topic(session, author=asker, board=board, title="Solved", now=long_ago)
    answer = make_reply(session, author=asker, topic=solved, now=long_ago)
    solved.accept(answer, at=long_ago)
    make_topic(session, author=asker, board=board, title="Forgotten", now=long_ago)
    session.commit()
    topics = {url for url in listed(client) if "/topics/" in url}
    assert topics == {BASE + path_of_topic(recent), BASE + path_of_topic(solved)}
    assert f"{BASE}/community/{board.slug}/" in listed(client)


def test_a_large_site_is_listed_in_parts_that_hold_everything_once(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker, section = make_customer(session), make_section(session)
    board = make_board(session)
    for _ in range(7):
        translate(session, make_article(session, section=section))
        make_topic(session, author=asker, board=board, now=utc_now())
    whole = listed(client)
    app.extensions["fragments"].clear()
    monkeypatch.setattr(sitemap, "LARGEST", SMALL)
    index = xml_of(client.get("/sitemap.xml"))
    assert index.tag == f"{SITEMAP}sitemapindex"
    places = [item.findtext(f"{SITEMAP}loc", "").removeprefix(BASE) for item in index]
    parts = [listed(client, place) for place in places]
    assert all(len(part) <= SMALL for part in parts)
    assert sum(map(len, parts)) == len(whole)
    assert {url: row for part in parts for url, row in part.items()} == whole
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_a_change_is_listed_at_once_and_the_same_is_not_sent_twice(
    client: FlaskClient, session: Session
) -> None:
    make_article(session)
    tag = {"If-None-Match": client.get("/sitemap.xml").headers["ETag"]}
    assert client.get("/sitemap.xml", headers=tag).status_code == 304
    make_article(session)
    assert client.get("/sitemap.xml", headers=tag).status_code == 200


def test_it_costs_the_same_however_much_it_lists(app: Flask, session: Session, client: FlaskClient) -> None:
    asker = make_customer(session)
    make_topic(session, author=asker, now=utc_now())
    make_article(session)
    cost = statements_of(app, client, "/sitemap.xml")
    for _ in range(10):
        translate(session, make_article(session))
        make_topic(session, author=asker, now=utc_now())
    assert cost == statements_of(app, client, "/sitemap.xml") <= STATEMENTS
