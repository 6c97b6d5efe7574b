"""What costs the same however much there is: a page of a long topic, and a late page of a long list."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR
from portal.core.paging import Cursor
from portal.forum import queries, service
from portal.forum.models import Board, Post, Topic, TopicKind
from portal.forum.paths import path_of_post, path_of_topic
from tests.architecture.test_statements import statements_of
from tests.factories import NOW, make_board, make_customer, make_topic

PAGES = 500
ROUNDS = 7


def topic_of(session: Session, length: int) -> Topic:
    """Make a topic with so many posts."""
    author = make_customer(session)
    topic = make_topic(session, author=author)
    texts = [
        service.Text(author_id=author.id, account_id=None, body=f"Reply *{number}*", at=NOW)
        for number in range(2, length + 1)
    ]
    service.write_posts(session, topic=topic, texts=texts)
    session.commit()
    return topic


@pytest.mark.slow
def test_a_long_topic_opens_like_a_short_one(app: Flask, session: Session, client: FlaskClient) -> None:
    short, long = topic_of(session, 20), topic_of(session, 2000)
    last = session.scalars(select(Post).where(Post.topic_id == long.id, Post.position == 2000)).one()
    paths = [path_of_topic(short), path_of_topic(long), f"{path_of_topic(long)}?page=80"]
    assert path_of_post(long, last) == f"{paths[2]}#post-{last.id}"
    assert f'id="post-{last.id}"' in client.get(paths[2]).text
    assert len({statements_of(app, client, path) for path in paths}) == 1

    spent = {path: min(_seconds(app, client, path) for _ in range(ROUNDS)) for path in paths}
    # A page of the long one has 25 replies, and the short one 19 in all.
    ratios = [spent[path] / spent[paths[0]] for path in paths[1:]]
    print(
        f"\nA topic with 2,000 posts takes {ratios[0]:.2f} of the time of one with 20; its end {ratios[1]:.2f}"
    )
    assert max(ratios) < 2


def _seconds(app: Flask, client: FlaskClient, path: str) -> float:
    app.extensions["fragments"].clear()
    start = time.process_time()
    client.get(path)
    return time.process_time() - start


@pytest.fixture
def crowded(session: Session) -> Board:
    """A board with topics for 500 pages, some at the same time, and as many elsewhere."""
    author, boards = make_customer(session).id, (make_board(session), make_board(session))
    rows = [
        {
            "board_id": boards[number % 2].id,
            "kind": TopicKind.QUESTION,
            "title": f"Topic {number}",
            "slug": "topic",
            "language": "en",
            "author_id": author,
            "created_at": NOW,
            "active_at": NOW - timedelta(minutes=number // 6),
            "version": 1,
        }
        for number in range(2 * PAGES * queries.TOPICS_A_PAGE)
    ]
    session.execute(insert(Topic), rows)
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()
    return boards[0]


@pytest.mark.slow
@pytest.mark.parametrize("of_board", [True, False])
def test_a_late_page_of_topics_costs_what_the_first_does(
    session: Session, crowded: Board, *, of_board: bool
) -> None:
    board, size = crowded if of_board else None, queries.TOPICS_A_PAGE
    deep = (PAGES - 1) * size * (2 if of_board else 1)
    place = Cursor(at=NOW - timedelta(minutes=deep // 6), id=2**31 - 1)

    first = _plan(session, board, None)
    late = _plan(session, board, place)

    assert len(first[0]) == len(late[0]) == size
    assert late[0][0] not in first[0]
    assert first[1].keys() == late[1].keys()
    for facts in (first[1], late[1]):
        assert facts["sorts"] == 0
        assert facts["rows read"] <= 2 * size
        assert facts["uses the index"]


def _plan(session: Session, board: Board | None, after: Cursor | None) -> tuple[list[int], dict[str, Any]]:
    """Return the topics of a page, and what the database did to find them."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    page = queries.topics_for(session, VISITOR, board=board, after=after)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, values),) = asked
    is_postgres = connection.dialect.name == "postgresql"
    how = "EXPLAIN (ANALYZE, FORMAT JSON) " if is_postgres else "EXPLAIN QUERY PLAN "
    rows = connection.exec_driver_sql(how + statement, values).all()
    facts = _facts_of_postgres(rows[0][0]) if is_postgres else _facts_of_sqlite([row[3] for row in rows])
    return [topic.id for topic in page.rows], facts


def _facts_of_sqlite(steps: list[str]) -> dict[str, Any]:
    """Read a plan: what is looked up by the place in the index is read from there on."""
    topics = next(step for step in steps if " topics " in step)
    return {
        "sorts": sum("TEMP B-TREE" in step for step in steps),
        "uses the index": "USING INDEX ix_topics_" in topics,
        "rows read": 0 if "SEARCH" in topics or "active_at" in topics else 10**6,
    }


def _facts_of_postgres(plans: list[dict[str, Any]]) -> dict[str, Any]:
    nodes = list(_nodes(plans[0]["Plan"]))
    topics = next(node for node in nodes if node.get("Relation Name") == "topics")
    read = topics["Actual Rows"] + topics.get("Rows Removed by Filter", 0)
    return {
        "sorts": sum(node["Node Type"] == "Sort" for node in nodes),
        "uses the index": topics.get("Index Name", "").startswith("ix_topics_"),
        "rows read": read * topics["Actual Loops"],
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
