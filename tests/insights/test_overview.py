"""The state of the knowledge base: each number is that of the list to which it leads."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.core.statistics import Rate
from portal.insights.articles import base_for
from portal.insights.overview import Overview, overview_of
from portal.knowledge import workflow
from portal.knowledge.models import ArticleStatus
from portal.knowledge.queries import article_with_texts
from tests.factories import actor_of, make_user
from tests.insights.made_texts import Maker
from tests.knowledge.factories import make_article, make_section

Browser = Callable[[User], FlaskClient]

OVERVIEW = "/staff/articles/overview"
LANGUAGES = ("en", "ja")
NOW = datetime.now(UTC)


@pytest.fixture
def staff(session: Session, browser_of: Browser) -> FlaskClient:
    return browser_of(make_user(session))


def overview(session: Session) -> Overview:
    session.rollback()
    session.expire_all()
    actor = actor_of(make_user(session))
    return overview_of(base_for(session, actor, LANGUAGES, language="en", now=NOW).texts, LANGUAGES)


def test_every_number_is_that_of_the_list_it_leads_to(session: Session, staff: FlaskClient) -> None:
    Maker(session, seed=3).make(25)
    page = staff.get(OVERVIEW).text
    numbers = re.findall(r'href="([^"]+)"\s+data-articles="(\d+)">(\d+)</a>', page)
    assert len(numbers) > 30
    assert len({texts for _path, _articles, texts in numbers}) > 5
    for path, articles, texts in numbers:
        shown = staff.get(unescape(path)).text
        if texts == "0":
            assert "Nothing fits these filters." in shown
        else:
            words = re.sub(r"\s+", " ", shown)
            assert re.search(rf"\b{texts} texts? of {articles} articles?\b", words), path


def test_an_empty_knowledge_base(session: Session, staff: FlaskClient) -> None:
    page = staff.get(OVERVIEW).text
    assert "Too few to tell" in page
    assert ">0</a>" in page


def test_what_is_verified_in_time_is_a_share_of_what_has_to_be(session: Session) -> None:
    section = make_section(session)
    section.verify_every_days = 30
    days_ago = (10, 20, 31, 40, 25)
    for days in days_ago:
        make_article(session, section=section).article.verified_at = NOW - timedelta(days=days)
    make_article(session)
    make_article(session, section=section, status=ArticleStatus.DRAFT)
    session.commit()
    assert overview(session).in_time == Rate(3, 5)


def test_the_review_that_waits_the_longest(session: Session) -> None:
    assert overview(session).asked_since is None
    for hours in (5, 50, 20):
        text = make_article(session, status=ArticleStatus.DRAFT)
        article = article_with_texts(session, text.article_id)
        asked_at = NOW - timedelta(hours=hours)
        workflow.ask_for_review(session, actor=SYSTEM, article=article, language="en", now=asked_at)
    session.commit()
    assert overview(session).asked_since == NOW - timedelta(hours=50)


def test_what_was_published_last_comes_first(session: Session) -> None:
    texts = [make_article(session) for _ in range(7)]
    for hours, text in enumerate(texts):
        text.published_at, text.updated_at = NOW - timedelta(days=9), NOW - timedelta(hours=hours)
    texts[6].published_at = NOW
    texts[0].status = ArticleStatus.ARCHIVED
    session.commit()
    newest = [row.text.id for row in overview(session).newest]
    assert newest == [texts[index].id for index in (6, 1, 2, 3, 4)]
