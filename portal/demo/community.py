"""The demo's boards, topics, answers, votes and requests, at their own times."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts.audience import parse_audience
from portal.core import outbox, revisions
from portal.demo.people import Cast
from portal.demo.vendor import boards, read_table
from portal.events import TopicsImported
from portal.forum import nods, queries, verdicts
from portal.forum import service as forum
from portal.forum.drafts import places
from portal.forum.drafts import service as drafts
from portal.forum.drafts.service import Begun, Window
from portal.forum.experts import service as experts
from portal.forum.experts.candidates import Candidate
from portal.forum.models import Board, Topic, TopicKind
from portal.forum.nod_models import Nod
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
    topics += _wait(session, cast, topics, now)
    experts.escalate_overdue(session, now=now)
    _begin(session, cast, now=now)
    revisions.bump(session, "forum")
    outbox.record(session, TopicsImported(topic_ids=tuple(topic.id for topic in topics)))
    return topics


def _wait(session: Session, cast: Cast, topics: list[Topic], now: datetime) -> list[Topic]:
    """Ask what nobody has answered yet, and a few people who may know; return the topics."""
    boards_by_slug = {topic.board.slug: topic.board for topic in topics}
    solved = {topic.title: topic.id for topic in topics}
    waiting = []
    for row in read_table("waiting.toml")["questions"]:
        topic = _topic(session, cast, boards_by_slug[row["board"]], row, now)
        waiting.append(topic)
        for asked in row.get("asked", []):
            person = cast.people[asked["person"]]
            candidate = Candidate(
                user_id=person.id,
                name=person.name,
                solved_ids=[solved[title] for title in asked["solved"]],
                arrives_at=now,
            )
            experts.invite(session, topic=topic, candidate=candidate, by_id=topic.author_id, now=now)
    return waiting


def _begin(session: Session, cast: Cast, *, now: datetime) -> None:
    """Let a customer have begun to write down an idea."""
    drafts.save(
        session,
        actor=cast.people["customer"].as_actor(),
        place=places.to_start("ideas-and-talk"),
        text=Begun(
            title="Print pick lists in the order of the shelves",
            body="Our pickers walk the same aisle three times, because the list is in the order of",
            fields={"kind": TopicKind.IDEA, "board": "ideas-and-talk"},
        ),
        window=Window(),
        now=now - timedelta(days=2),
    )


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
    if seconds := row.get("me_too"):
        opening = queries.posts_of(session, topic)[0]
        nods.keep(session, opening, Nod.ME_TOO, _people(cast, seconds, asked))
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
    for nod, name in ((Nod.VOTE, "votes"), (Nod.THANKS, "thanks")):
        if row.get(name):
            nods.keep(session, post, nod, _people(cast, row[name], at))


def _people(cast: Cast, keys: list[str], at: datetime) -> dict[int, datetime]:
    """Return who said something, one after the other from an hour later on."""
    return {cast.people[key].id: at + timedelta(hours=number) for number, key in enumerate(keys, 1)}


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
