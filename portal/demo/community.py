"""The demo's boards, topics, answers, votes and requests, at their own times."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts.audience import parse_audience
from portal.core import outbox, revisions
from portal.core.orm import insert_new
from portal.demo.people import Cast
from portal.demo.vendor import boards, read_table
from portal.events import TopicsImported
from portal.forum import service as forum
from portal.forum import verdicts
from portal.forum.models import Board, Post, PostVote, Topic, TopicKind
from portal.notifications import service as notifications
from portal.support import service as support
from portal.support.models import SupportRequest

FIRST_REPLY: Final = timedelta(hours=3)


def talk(session: Session, cast: Cast, *, now: datetime) -> list[Topic]:
    """Fill the community; return its topics."""
    topics = []
    for table in boards():
        row = table["board"]
        board = forum.add_board(
            session,
            slug=row["slug"],
            names=row["name"],
            descriptions=row["description"],
            audience=parse_audience(row["audience"]),
            position=row["position"],
        )
        topics += [_topic(session, cast, board, topic, now) for topic in table.get("topics", [])]
    revisions.bump(session, "forum")
    outbox.record(session, TopicsImported(topic_ids=tuple(topic.id for topic in topics)))
    return topics


def _topic(session: Session, cast: Cast, board: Board, row: dict[str, Any], now: datetime) -> Topic:
    author = cast.people[row["author"]]
    asked = now - timedelta(days=row["days_ago"])
    topic = forum.write_topic(
        session,
        board=board,
        author_id=author.id,
        account_id=author.account_id,
        kind=TopicKind(row["kind"]),
        draft=forum.Draft(title=row["title"], body=row["body"].strip()),
        at=asked,
    )
    notifications.begin_watching(session, user_id=author.id, subject=f"topic:{topic.id}", now=asked)
    for reply in row.get("posts", []):
        _reply(session, cast, topic, reply, asked + timedelta(hours=reply["after_hours"]))
    return topic


def _reply(session: Session, cast: Cast, topic: Topic, row: dict[str, Any], at: datetime) -> None:
    author = cast.people[row["author"]]
    post = forum.write_post(
        session,
        topic=topic,
        author_id=author.id,
        account_id=author.account_id,
        draft=forum.Draft(body=row["body"].strip()),
        at=at,
    )
    notifications.begin_watching(session, user_id=author.id, subject=f"topic:{topic.id}", now=at)
    if row.get("accepted"):
        verdicts.settle(session, topic=topic, answer=post, at=at + FIRST_REPLY)
    for number, key in enumerate(row.get("votes", []), 1):
        _vote(session, post, cast, key, at + timedelta(hours=number))


def _vote(session: Session, post: Post, cast: Cast, key: str, at: datetime) -> None:
    voter = cast.people[key]
    insert_new(session, PostVote, [{"post_id": post.id, "user_id": voter.id, "voted_at": at}])
    post.vote_count += 1


def request_help(session: Session, cast: Cast, *, now: datetime) -> list[SupportRequest]:
    """Write the requests that reached staff; return them."""
    written = []
    for row in read_table("requests.toml")["requests"]:
        author, at = cast.people[row["author"]], now - timedelta(days=row["days_ago"])
        request = support.open_request(
            session, actor=author.as_actor(), title=row["subject"], body=row["body"].strip(), now=at
        )
        written.append(request)
        if row["status"] == "open":
            continue
        helper = cast.people[row["staff"]].as_actor()
        replied = at + timedelta(hours=5)
        support.reply(session, actor=helper, request_id=request.id, body=row["reply"].strip(), now=replied)
        if row["status"] == "resolved":
            support.resolve(
                session, actor=author.as_actor(), request_id=request.id, now=replied + timedelta(hours=20)
            )
    return written
