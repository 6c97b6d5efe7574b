import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN, STAFF
from portal.accounts.models import User
from portal.core.db import db
from portal.core.outbox import OutboxEvent
from portal.knowledge.models import ArticleStatus, ArticleVote, Translation
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

Browser = Callable[[User], FlaskClient]


def path_of(text: Translation, language: str = "en") -> str:
    return f"/help/{language}/articles/{text.article_id}-{text.slug}"


def noted(app: Flask, session: Session) -> list[tuple[str, str, dict[str, object]]]:
    """Return what readers did: kind, subject and data."""
    app.extensions["activity"].flush()
    session.rollback()
    rows = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "ActivitiesNoted"))
    told = [activity for row in rows for activity in row.payload["activities"]]
    return [(activity["kind"], activity["subject"], activity["data"]) for activity in told]


@pytest.mark.parametrize("path", ["/help", "/help/"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_help_leads_to_the_readers_language(client: FlaskClient, path: str, language: str) -> None:
    answer = client.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, answer.location) == (302, f"/help/{language}/")


@pytest.mark.parametrize("path", ["/help/fr/", "/help/fr/printing/", "/help/xx/articles/1-print-labels"])
def test_a_language_the_site_lacks_is_not_found(client: FlaskClient, session: Session, path: str) -> None:
    make_article(session, section=make_section(session, "Printing"))
    assert client.get(path).status_code == 404


def test_home_shows_sections_that_hold_something(client: FlaskClient, session: Session) -> None:
    make_article(session, section=make_section(session, "Printing"))
    make_article(session, section=make_section(session, "Internal"), audience=STAFF)
    page = client.get("/help/en/").text
    assert "Printing" in page
    assert "1 article" in page
    assert "Internal" not in page


def test_home_without_articles_says_what_to_do(client: FlaskClient) -> None:
    assert "Ask the community" in client.get("/help/en/").text


def test_a_section_lists_its_articles_in_the_language_of_its_address(
    client: FlaskClient, session: Session
) -> None:
    section = make_section(session, "Printing")
    translate(session, make_article(session, section=section))
    page = client.get("/help/ja/printing/", headers={"Accept-Language": "en"}).text
    assert '<html lang="ja">' in page
    assert "ラベルを印刷する" in page
    assert "Print labels" not in page


@pytest.mark.parametrize("path", ["/help/en/internal/", "/help/en/nothing/"])
def test_a_section_with_nothing_to_read_is_not_found(
    client: FlaskClient, session: Session, path: str
) -> None:
    make_article(session, section=make_section(session, "Internal"), audience=STAFF)
    assert client.get(path).status_code == 404


def test_an_article_shows_its_text_and_notes_the_view(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    text = make_article(session, body="## Steps\n\nChoose **Print**.")
    page = client.get(path_of(text))
    assert page.status_code == 200
    assert "<strong>Print</strong>" in page.text
    assert re.search(r'<a href="#[^"]+">Steps</a>', page.text)
    subject = f"article:{text.article_id}"
    assert noted(app, session) == [("article.viewed", subject, {"language": "en"})]


def test_an_article_opened_from_a_search_notes_that_too(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    text = make_article(session)
    client.get(f"{path_of(text)}?q=labels&rank=2")
    subject = f"article:{text.article_id}"
    assert noted(app, session)[1] == ("search.result_opened", subject, {"query": "labels", "rank": 2})


def test_an_old_title_leads_to_the_new_one(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    answer = client.get(f"/help/en/articles/{text.article_id}-old-title")
    assert (answer.status_code, answer.location) == (301, path_of(text))


def test_a_japanese_title_makes_a_japanese_address(client: FlaskClient, session: Session) -> None:
    text = make_article(session, "ラベルを印刷する", language="ja")
    assert text.slug == "ラベルを印刷する"
    assert client.get(path_of(text, "ja")).status_code == 200


def test_a_short_link_leads_to_the_readers_language(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    answer = client.get(f"/help/articles/{text.article_id}", headers={"Accept-Language": "ja"})
    assert (answer.status_code, answer.location) == (302, path_of(text, "ja"))


def test_a_missing_translation_shows_the_other_language_with_a_notice(
    client: FlaskClient, session: Session
) -> None:
    text = make_article(session, "ラベルを印刷する", language="ja")
    page = client.get(path_of(text, "en"))
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert "not available in your language yet" in page.text
    assert '<div class="prose" lang="ja">' in page.text


def test_the_other_language_is_one_click_away(client: FlaskClient, session: Session) -> None:
    english = make_article(session)
    japanese = translate(session, english)
    link = f'href="/help/ja/articles/{japanese.article_id}-'
    assert link in client.get(path_of(english)).text
    assert "not available in your language" not in client.get(path_of(japanese, "ja")).text


def test_the_community_gets_the_title(client: FlaskClient, session: Session) -> None:
    assert "/community/topics/new?title=Print+labels" in client.get(path_of(make_article(session))).text


def test_who_may_not_see_an_article_finds_nothing(
    client: FlaskClient, browser_of: Browser, session: Session
) -> None:
    person, staff = browser_of(make_customer(session)), browser_of(make_user(session))
    inside, hidden = make_article(session, audience=SIGNED_IN), make_article(session, audience=STAFF)
    draft = make_article(session, status=ArticleStatus.DRAFT)
    assert [client.get(path_of(text)).status_code for text in (inside, hidden, draft)] == [404, 404, 404]
    assert [person.get(path_of(text)).status_code for text in (inside, hidden, draft)] == [200, 404, 404]
    assert [staff.get(path_of(text)).status_code for text in (inside, hidden, draft)] == [200, 200, 200]
    for path in (f"/help/articles/{hidden.article_id}", f"/help/en/articles/{hidden.article_id}-x"):
        assert client.get(path).status_code == 404


def test_a_visitor_costs_at_most_four_statements(client: FlaskClient, session: Session) -> None:
    section = make_section(session, parent=make_section(session))
    texts = [make_article(session, section=section) for _ in range(9)]
    client.get(path_of(texts[4]))
    statements: list[str] = []
    listen = ("before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(db.engine, *listen)
    assert client.get(path_of(texts[4])).status_code == 200
    event.remove(db.engine, *listen)
    assert 0 < len(statements) <= 4


def test_a_visitor_votes_and_is_thanked(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    url = f"/help/articles/{text.article_id}/votes"
    answer = client.post(
        url, data={"helpful": "no", "reason": "unclear", "comment": " Which? ", "language": "en"}
    )
    assert (answer.status_code, answer.location) == (303, f"{path_of(text)}#helpful")
    page = client.get(path_of(text)).text
    assert "Thank you" in page
    assert "Which?" in page
    assert client.post(url, data={"helpful": "yes"}).status_code == 303
    session.rollback()
    vote = session.scalars(select(ArticleVote)).one()
    assert (vote.is_helpful, vote.comment, vote.user_id, vote.voter[:8]) == (True, "", None, "visitor:")


def test_a_customers_vote_is_theirs(browser_of: Browser, session: Session) -> None:
    text, person = make_article(session), make_customer(session)
    browser_of(person).post(f"/help/articles/{text.article_id}/votes", data={"helpful": "yes"})
    session.rollback()
    vote = session.scalars(select(ArticleVote)).one()
    assert (vote.voter, vote.user_id) == (f"user:{person.id}", person.id)


def test_htmx_gets_the_thanks_alone(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    answer = client.post(
        f"/help/articles/{text.article_id}/votes",
        data={"helpful": "no", "language": "ja"},
        headers={"HX-Request": "true", "Accept-Language": "en"},
    )
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<section")
    assert 'name="language" value="ja"' in answer.text


@pytest.mark.parametrize(
    "data",
    [{}, {"helpful": "maybe"}, {"helpful": "no", "reason": "x"}, {"helpful": "no", "comment": "x" * 2001}],
)
def test_a_nonsense_vote_is_refused(client: FlaskClient, session: Session, data: dict[str, str]) -> None:
    text = make_article(session)
    assert client.post(f"/help/articles/{text.article_id}/votes", data=data).status_code == 422
    assert session.scalars(select(ArticleVote)).first() is None


def test_nobody_votes_on_or_reads_what_they_cannot_see(client: FlaskClient, session: Session) -> None:
    article_id = make_article(session, audience=STAFF).article_id
    assert client.post(f"/help/articles/{article_id}/votes", data={"helpful": "yes"}).status_code == 404
    assert client.post(f"/help/articles/{article_id}/reads").status_code == 404


def test_reading_for_a_while_is_noted(app: Flask, client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    assert client.post(f"/help/articles/{text.article_id}/reads").status_code == 204
    assert noted(app, session) == [("article.read", f"article:{text.article_id}", {})]
