"""Public articles and topics by the API: what a visitor sees, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.adoption.models import Signal
from portal.api.keys.rules import Scope
from portal.core.paging import RowCursor
from portal.knowledge.models import ArticleStatus
from tests.api.conftest import Ask, make_key
from tests.factories import make_board, make_customer, make_reply, make_topic
from tests.knowledge.factories import make_article, translate


def everything(ask: Ask, path: str, name: str) -> list[Any]:
    """Read all pages of a list, two rows at a time."""
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask("GET", path, query_string={"limit": "2", "cursor": cursor}).json
        assert len(page[name]) <= 2
        rows += page[name]
        cursor = page["next_cursor"]
    return rows


def test_articles_are_those_that_anyone_may_read(ask: Ask, session: Session) -> None:
    texts = [make_article(session, f"Invoice {number}") for number in range(4)]
    translated = translate(session, texts[0])
    make_article(session, "For staff", audience=STAFF)
    make_article(session, "A draft", status=ArticleStatus.DRAFT)

    rows = everything(ask, "/articles", "articles")
    assert [row["title"] for row in rows] == [text.title for text in [*texts, translated]]
    first = texts[0]
    assert rows[0]["url"] == f"http://127.0.0.1:5000/help/en/articles/{first.article_id}-{first.slug}"
    assert rows[0]["id"] == rows[-1]["id"] == first.article_id
    japanese = ask("GET", "/articles?language=ja").json["articles"]
    assert [row["title"] for row in japanese] == [translated.title]


def test_topics_are_those_that_anyone_may_read(ask: Ask, session: Session) -> None:
    asker, board = make_customer(session), make_board(session, slug="how-to")
    topics = [make_topic(session, author=asker, board=board, title=f"Why {number}?") for number in range(3)]
    make_reply(session, author=make_customer(session), topic=topics[0])
    make_topic(
        session, author=asker, board=make_board(session, audience=frozenset({f"account:{asker.account_id}"}))
    )

    rows = everything(ask, "/topics", "topics")
    assert [row["id"] for row in rows] == [topic.id for topic in topics]
    assert (rows[0]["board"], rows[0]["answers"], rows[0]["is_solved"]) == ("how-to", 1, False)
    assert rows[0]["url"].endswith(f"/community/topics/{topics[0].id}-{topics[0].slug}")


def test_search_finds_what_a_visitor_would(ask: Ask, session: Session, work: Callable[[], None]) -> None:
    for number in range(13):
        make_article(session, f"Print the invoice {number}", body=f"Press print {number}.")
    make_article(session, "Print the secret invoice", audience=STAFF)
    work()

    first = ask("GET", "/search", query_string={"q": "invoice", "language": "en"}).json
    second = ask("GET", "/search", query_string={"q": "invoice", "cursor": first["next_cursor"]}).json
    titles = {row["title"] for row in first["results"] + second["results"]}
    assert first["total"] == 13
    assert titles == {f"Print the invoice {number}" for number in range(13)}
    assert second["next_cursor"] is None
    assert "Press print" in first["results"][0]["passage"]
    assert session.scalar(select(func.count()).select_from(Signal)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/search?q=%20",
        "/search?q=a%00b",
        "/search?q=a&language=xx",
        "/articles?language=",
        "/articles?cursor=damaged",
        "/topics?limit=1000",
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Ask, path: str) -> None:
    answer = ask("GET", path)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_a_page_that_lies_far_beyond_the_end_is_empty(
    ask: Ask, session: Session, work: Callable[[], None]
) -> None:
    make_article(session, "Print the invoice")
    work()
    far = RowCursor(id=2**31 - 1).encode()
    for path, name in (
        ("/articles?x=", "articles"),
        ("/topics?x=", "topics"),
        ("/search?q=invoice", "results"),
    ):
        answer = ask("GET", f"{path}&cursor={far}").json
        assert (answer[name], answer["next_cursor"]) == ([], None)


def test_reading_content_takes_its_own_scope(ask: Ask, session: Session) -> None:
    key = make_key(session, *set(Scope) - {Scope.CONTENT_READ}, name="CRM", source="crm")
    for path in ("/articles", "/topics", "/search?q=invoice"):
        assert ask("GET", path, key=key).status_code == 403
