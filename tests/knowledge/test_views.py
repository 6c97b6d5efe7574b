"""What the pages of the knowledge base tell search engines and link previews."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN, STAFF, Audience
from portal.accounts.models import User
from portal.knowledge.models import ArticleStatus, Translation
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate
from tests.machines import BASE, Head, head_of

Browser = Callable[[User], FlaskClient]
ATOM: Final = "application/atom+xml"
NASTY: Final = "</script><script>alert(1)</script> & “quotes” '\""


def path_of(text: Translation, language: str = "") -> str:
    language = language or text.language
    return f"/help/{language}/articles/{text.article_id}-{quote(text.slug)}"


def head(client: FlaskClient, path: str) -> Head:
    answer = client.get(path)
    assert answer.status_code == 200
    return head_of(answer.text)


def test_an_article_says_where_it_stands_and_in_which_languages(
    client: FlaskClient, session: Session
) -> None:
    english = make_article(session, section=make_section(session, "Printing"))
    japanese = translate(session, english)
    told = head(client, f"{path_of(japanese)}?q=labels")
    assert told.is_for_robots
    assert told.of("canonical") == [BASE + path_of(japanese)]
    assert told.of("alternate", "en") == [BASE + path_of(english)]
    assert told.of("alternate", "ja") == [BASE + path_of(japanese)]
    assert told.of("alternate", ATOM) == ["/help/ja/feed.atom", "/help/ja/printing/feed.atom"]


def test_a_missing_translation_leads_to_the_text_that_is_shown(client: FlaskClient, session: Session) -> None:
    english = make_article(session)
    translate(session, english, status=ArticleStatus.DRAFT)
    told = head(client, path_of(english, "ja"))
    assert told.of("canonical") == told.metas["og:url"] == [BASE + path_of(english)]
    assert told.of("alternate", "ja") == []


def test_a_link_preview_has_title_summary_languages_and_picture(
    client: FlaskClient, session: Session
) -> None:
    pictures = "![](https://example.test/a.png)\n\n![A label](/files/abc123)\n\n![](/files/other)"
    english = make_article(session, body=pictures)
    translate(session, english)
    told = head(client, path_of(english)).metas
    assert {name: told[name] for name in told if name.startswith("og:")} == {
        "og:type": ["article"],
        "og:site_name": ["Engawa"],
        "og:title": ["Print labels"],
        "og:description": ["What you can do then."],
        "og:url": [BASE + path_of(english)],
        "og:image": [f"{BASE}/files/abc123"],
        "og:locale": ["en_US"],
        "og:locale:alternate": ["ja_JP"],
    }
    assert told["description"] == ["What you can do then."]


def test_an_article_describes_itself_in_json(client: FlaskClient, session: Session) -> None:
    section = make_section(session, "Printing", parent=make_section(session, "Devices"))
    text = make_article(session, section=section)
    things = head(client, path_of(text)).things
    of_section = {"@type": "CollectionPage", "name": "Printing", "url": f"{BASE}/help/en/printing/"}
    assert things["Article"] == {
        "@type": "Article",
        "headline": "Print labels",
        "description": "What you can do then.",
        "url": BASE + path_of(text),
        "inLanguage": "en",
        "datePublished": "2026-11-20T03:00:00+00:00",
        "dateModified": "2026-11-20T03:00:00+00:00",
        "author": {"@type": "Organization", "name": "Engawa", "url": f"{BASE}/"},
        "isPartOf": of_section,
    }
    steps = things["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"], step["item"]) for step in steps] == [
        (1, "Help", f"{BASE}/help/en/"),
        (2, "Devices", f"{BASE}/help/en/devices/"),
        (3, "Printing", f"{BASE}/help/en/printing/"),
        (4, "Print labels", BASE + path_of(text)),
    ]
    assert "FAQPage" not in things


def test_an_article_of_questions_is_a_faq(client: FlaskClient, session: Session) -> None:
    text = make_article(session, body="# May I?\n\nYes.\n\n# Really?\n\nReally.")
    assert len(head(client, path_of(text)).things["FAQPage"]["mainEntity"]) == 2


def test_what_is_told_cannot_leave_its_place(client: FlaskClient, session: Session) -> None:
    text = make_article(session, NASTY, section=make_section(session, NASTY))
    page = client.get(path_of(text)).text
    assert "alert(1)</script>" not in page
    told = head_of(page)
    assert told.things["Article"]["headline"] == told.metas["og:title"][0] == NASTY
    assert told.things["Article"]["isPartOf"]["name"] == NASTY


@pytest.mark.parametrize("audience", [SIGNED_IN, STAFF, frozenset({"plan:team", "account:1"})])
def test_an_article_that_is_not_for_everyone_tells_machines_nothing(
    session: Session, browser_of: Browser, audience: Audience
) -> None:
    text = make_article(session, audience=audience)
    told = head(browser_of(make_user(session)), path_of(text))
    assert not told.is_for_robots
    assert (told.of("canonical"), told.things) == ([], {})
    assert not any(name.startswith("og:") for name in told.metas)


def test_staff_see_drafts_that_machines_are_not_told_of(session: Session, browser_of: Browser) -> None:
    english = make_article(session)
    draft = translate(session, english, status=ArticleStatus.DRAFT)
    browser = browser_of(make_user(session))
    assert head(browser, path_of(english)).of("alternate", "ja") == []
    assert not head(browser, path_of(draft)).is_for_robots


def test_a_section_is_told_in_the_languages_it_has_a_name_in(client: FlaskClient, session: Session) -> None:
    section = make_section(session, "Printing")
    make_article(session, section=section)
    told = head(client, "/help/ja/printing/")
    assert told.of("canonical") == told.of("alternate", "ja") == [f"{BASE}/help/ja/printing/"]
    assert told.of("alternate", "en") == [f"{BASE}/help/en/printing/"]
    assert told.of("alternate", ATOM) == ["/help/ja/printing/feed.atom"]
    assert [step["position"] for step in told.things["BreadcrumbList"]["itemListElement"]] == [1, 2]
    section.names = {"en": "Printing"}
    session.commit()
    told = head(client, "/help/ja/printing/")
    assert told.of("canonical") == [f"{BASE}/help/en/printing/"]
    assert told.of("alternate", "en") == []


def test_what_a_person_sees_of_a_section_is_not_for_machines(session: Session, browser_of: Browser) -> None:
    make_article(session, section=make_section(session, "Printing"), audience=SIGNED_IN)
    assert not head(browser_of(make_customer(session)), "/help/en/printing/").is_for_robots


def test_the_front_page_is_there_in_every_language(client: FlaskClient) -> None:
    told = head(client, "/help/ja/")
    assert told.of("canonical") == told.of("alternate", "ja") == [f"{BASE}/help/ja/"]
    assert told.of("alternate", "en") == [f"{BASE}/help/en/"]
    assert told.of("alternate", ATOM) == ["/help/ja/feed.atom"]


def test_home_says_how_to_search_the_site(client: FlaskClient) -> None:
    told = head(client, "/")
    assert told.is_for_robots
    assert told.of("canonical") == [f"{BASE}/"]
    assert told.of("alternate", ATOM) == ["/community/feed.atom", "/help/en/feed.atom"]
    site = told.things["WebSite"]
    assert (site["name"], site["inLanguage"]) == ("Engawa", ["en", "ja"])
    assert site["potentialAction"]["target"]["urlTemplate"] == f"{BASE}/search?q={{search_term_string}}"


@pytest.mark.parametrize("path", ["/search?q=labels", "/sign-in", "/help/en/?after=x", "/no/such/page"])
def test_pages_are_not_for_robots_unless_they_say_so(client: FlaskClient, path: str) -> None:
    is_help = path.startswith("/help")
    assert head_of(client.get(path).text).is_for_robots == is_help
