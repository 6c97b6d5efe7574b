"""Coverage by language, weighted by views."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.adoption.service import Fact, record
from portal.core.errors import NotFoundError
from portal.core.statistics import Rate
from portal.insights.coverage import State, article_states_for, coverage_of, view_ids_for
from portal.knowledge.models import ArticleStatus, Freshness, Translation
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, translate

NOW = datetime.now(UTC)
LANGUAGES = ("en", "ja")


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session)


def view(session: Session, text: Translation, times: int, *, at: datetime = NOW) -> None:
    facts = [
        Fact(
            kind="article.viewed",
            key=f"{text.article_id}:{number}:{at}",
            occurred_at=at - timedelta(seconds=number + 1),
            person=f"visitor:{number}",
            subject=f"article:{text.article_id}",
        )
        for number in range(times)
    ]
    record(session, facts, now=NOW)
    session.commit()


@pytest.fixture
def texts(session: Session) -> dict[State, Translation]:
    """One article for each state in Japanese, with a view more each; and one that nobody can read."""
    texts = {state: make_article(session, state) for state in State}
    for state in (State.FRESH, State.TO_UPDATE, State.OUTDATED):
        translate(session, texts[state], f"{state} ja").freshness = Freshness(state)
    translate(session, texts[State.DRAFT], "draft ja", status=ArticleStatus.DRAFT)
    for number, state in enumerate(State, 4):
        view(session, texts[state], number)
    make_article(session, "nobody's", status=ArticleStatus.DRAFT)
    view(session, texts[State.FRESH], 50, at=NOW - timedelta(days=91))
    return texts


def test_coverage_is_the_share_of_views_on_what_is_found(
    session: Session, staff: User, texts: dict[State, Translation]
) -> None:
    found = article_states_for(session, actor_of(staff), LANGUAGES, language="ja", now=NOW)
    titles = ["missing", "draft ja", "outdated ja", "to_update ja", "fresh ja"]
    assert [article.title for article in found] == titles
    assert [article.views for article in found] == [8, 7, 6, 5, 4]
    japanese = coverage_of(found, "ja")
    assert japanese.views == Rate(4 + 5, 4 + 5 + 6 + 7 + 8)
    assert japanese.counts == dict.fromkeys(State, 1)
    assert coverage_of(found, "en").views == Rate(30, 30)


def test_an_archived_text_is_missing(session: Session, staff: User, texts: dict[State, Translation]) -> None:
    texts[State.FRESH].status = ArticleStatus.ARCHIVED
    session.commit()
    found = article_states_for(session, actor_of(staff), LANGUAGES, language="en", now=NOW)
    assert coverage_of(found, "en").counts[State.MISSING] == 1


def test_an_article_that_was_taken_over_counts_no_more(
    session: Session, staff: User, texts: dict[State, Translation]
) -> None:
    texts[State.FRESH].article.merged_into_id = texts[State.MISSING].article_id
    session.commit()
    assert len(article_states_for(session, actor_of(staff), LANGUAGES, language="en", now=NOW)) == 4


def test_only_staff_see_it(session: Session, texts: dict[State, Translation]) -> None:
    customer = actor_of(make_customer(session))
    with pytest.raises(NotFoundError):
        article_states_for(session, customer, LANGUAGES, language="en", now=NOW)
    with pytest.raises(NotFoundError):
        view_ids_for(session, customer, 1, since=NOW - timedelta(days=1), until=NOW)


def test_every_number_leads_to_its_rows(
    session: Session,
    staff: User,
    browser_of: Callable[[User], FlaskClient],
    texts: dict[State, Translation],
) -> None:
    browser = browser_of(staff)
    page = browser.get("/staff/articles/translations/").text
    assert "30%" in page
    assert "9 of 30" in page
    for query, expected in (
        ("language=ja&state=covered", {"fresh", "to_update"}),
        ("language=ja&state=outdated", {"outdated"}),
        ("language=ja&state=missing", {"missing"}),
        ("language=en&state=missing", set()),
        ("language=fr&state=missing", set(State)),
    ):
        rows = browser.get(f"/staff/articles/translations/?{query}").text
        assert {state for state in State if f">{state}</a>" in rows} == expected, query
    views = browser.get(f"/staff/articles/{texts[State.DRAFT].article_id}/views").text
    assert "7 views in the last 90 days" in views
    assert views.count("<time") == 7
    view(session, texts[State.DRAFT], 2, at=NOW - timedelta(days=30))
    lately = browser.get(f"/staff/articles/{texts[State.DRAFT].article_id}/views?days=28").text
    assert "7 views in the last 28 days" in lately


def test_an_article_that_nobody_viewed(
    session: Session, staff: User, browser_of: Callable[[User], FlaskClient]
) -> None:
    browser, text = browser_of(staff), make_article(session)
    assert "Too few to tell" in browser.get("/staff/articles/translations/").text
    assert "Nobody but staff has viewed it" in browser.get(f"/staff/articles/{text.article_id}/views").text
    assert browser.get("/staff/articles/424242/views").status_code == 404
