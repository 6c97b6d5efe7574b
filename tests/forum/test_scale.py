"""What costs the same however much there is: a page of a long topic, and a late page of a long list."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.models import User
from portal.core.paging import Cursor
from portal.forum import queues, service
from portal.forum.models import Board, Post, Topic, TopicKind
from portal.forum.paths import path_of_post, path_of_topic
from portal.harvest.queries import article_made_of
from portal.notifications.models import Watch
from tests.architecture.test_statements import statements_of
from tests.factories import NOW, actor_of, make_board, make_customer, make_topic

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
    print(f"\n2,000 posts take {ratios[0]:.2f} of the time of 20, their end {ratios[1]:.2f}")  # noqa: T201
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
            "asker_wrote_last": number % 20 < 2,
            "version": 1,
        }
        for number in range(2 * PAGES * queues.TOPICS_A_PAGE)
    ]
    session.execute(insert(Topic), rows)
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()
    return boards[0]


@pytest.mark.slow
@pytest.mark.parametrize("queue", ["all", "unsolved", "asker", "mine"])
@pytest.mark.parametrize("of_board", [True, False])
def test_a_late_page_of_topics_costs_what_the_first_does(
    session: Session, crowded: Board, queue: str, *, of_board: bool
) -> None:
    author = session.get_one(User, session.scalars(select(Topic.author_id).limit(1)).one())
    actor = Actor(user_id=author.id, name=author.name, role=author.role, account_id=author.account_id)
    board, size = crowded if of_board else None, queues.TOPICS_A_PAGE
    deep = (PAGES - 25) * size * (2 if of_board else 1)
    place = Cursor(at=NOW - timedelta(minutes=deep // 6), id=2**31 - 1)

    first = _plan(session, actor, board, queue, None)
    late = _plan(session, actor, board, queue, place)

    assert len(first[0]) == len(late[0]) == size
    assert late[0][0] not in first[0]
    assert (first[1]["sorts"], first[1]["uses the index"]) == (0, True)
    assert late[1] == {"sorts": 0, "uses the index": True, "begins at its place": True}


@pytest.mark.slow
@pytest.mark.parametrize("queue", ["watched", "answered"])
def test_a_late_page_of_ones_own_topics_costs_no_more_than_the_first(
    session: Session, crowded: Board, queue: str
) -> None:
    person = make_customer(session)
    mine = session.scalars(
        select(Topic).where(Topic.board_id == crowded.id, Topic.id % 5 == 0).order_by(Topic.active_at.desc())
    ).all()
    watches = [{"user_id": person.id, "subject": f"topic:{topic.id}", "created_at": NOW} for topic in mine]
    session.execute(insert(Watch), watches)
    reply = {"position": 2, "author_id": person.id, "language": "en", "body": "", "body_html": ""}
    reply |= {"body_text": "", "renderer_version": 1, "created_at": NOW}
    session.execute(insert(Post), [reply | {"topic_id": topic.id} for topic in mine])
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()
    actor, last = actor_of(person), mine[-1 - queues.TOPICS_A_PAGE]
    place = Cursor(at=last.active_at, id=last.id)

    def spent(after: Cursor | None) -> float:
        start = time.process_time()
        page = queues.topics_for(session, actor, queue=queue, after=after)
        assert len(page.rows) == queues.TOPICS_A_PAGE
        return time.process_time() - start

    first, late = (min(spent(after) for _ in range(ROUNDS)) for after in (None, place))
    print(f"\nof {len(mine)} {queue}: first {first * 1000:.1f} ms, last {late * 1000:.1f} ms")  # noqa: T201
    assert late < 2 * first


@pytest.mark.slow
def test_no_topic_is_searched_for_an_article_but_the_shown_one_and_those_merged_into_it(
    session: Session, crowded: Board
) -> None:
    topic = session.scalars(select(Topic).where(Topic.board_id == crowded.id).limit(1)).one()

    _, plan = _explained(session, lambda: article_made_of(session, VISITOR, topic, language="en"))

    assert "ix_topics_merged_into_id" in str(plan)
    assert "SCAN topics" not in str(plan)


def _plan(
    session: Session, actor: Actor, board: Board | None, queue: str, after: Cursor | None
) -> tuple[list[int], dict[str, Any]]:
    """Return the topics of a page, and what the database did to find them."""
    page, plan = _explained(
        session, lambda: queues.topics_for(session, actor, board=board, queue=queue, after=after)
    )
    is_postgres = session.connection().dialect.name == "postgresql"
    facts = _facts_of_postgres(plan[0]) if is_postgres else _facts_of_sqlite(plan)
    return [topic.id for topic in page.rows], facts


def _explained(session: Session, read: Callable[[], Any]) -> tuple[Any, list[Any]]:
    """Return what a read of one statement returns, and the database's plan of it."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    found = read()
    event.remove(connection, "before_cursor_execute", note)
    ((statement, values),) = asked
    is_postgres = connection.dialect.name == "postgresql"
    how = "EXPLAIN (ANALYZE, FORMAT JSON) " if is_postgres else "EXPLAIN QUERY PLAN "
    rows = connection.exec_driver_sql(how + statement, values).all()
    return found, [row[0 if is_postgres else 3] for row in rows]


def _facts_of_sqlite(steps: list[str]) -> dict[str, Any]:
    """Read a plan: what is looked up by the place in the index is read from there on."""
    topics = next(step for step in steps if " topics " in step)
    return {
        "sorts": sum("TEMP B-TREE" in step for step in steps),
        "uses the index": "USING INDEX ix_topics_" in topics,
        "begins at its place": "active_at<?" in topics,
    }


def _facts_of_postgres(plans: list[dict[str, Any]]) -> dict[str, Any]:
    nodes = list(_nodes(plans[0]["Plan"]))
    topics = next(node for node in nodes if node.get("Relation Name") == "topics")
    read = topics["Actual Rows"] + topics.get("Rows Removed by Filter", 0)
    return {
        "sorts": sum(node["Node Type"] == "Sort" for node in nodes),
        "uses the index": topics.get("Index Name", "").startswith("ix_topics_"),
        "begins at its place": read * topics["Actual Loops"] <= 3 * queues.TOPICS_A_PAGE,
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
