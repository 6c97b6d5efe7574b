"""Writes of reputation: each is counted from stored outcomes, never added to what was counted before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.actors import Actor, Level
from portal.accounts.models import User
from portal.core import outbox, revisions
from portal.core.errors import ForbiddenError
from portal.core.orm import insert_or_hold
from portal.events import OutcomesChanged
from portal.forum.models import Post, Topic
from portal.forum.reputation import queries
from portal.forum.reputation.badges import earned_by
from portal.forum.reputation.models import Reputation
from portal.forum.reputation.rules import Work, facts_of, rung_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is new about a person: the badges they did not have, and the level if they have risen to it."""

    user_id: int
    badges: Sequence[str]
    level: Level | None


def note_outcome(session: Session, written: Iterable[Post | Topic]) -> None:
    """Have what people wrote counted again for them, after the commit."""
    if authors := {post.author_id for post in written}:
        outbox.record(session, OutcomesChanged(user_ids=tuple(sorted(authors))))


def recount(session: Session, user_ids: Collection[int], *, now: datetime) -> Sequence[Change]:
    """Count what people's posts come to; return what has changed, for those of whom anything has.

    Their rows are held before the outcomes are read, so that the last who counts knows them all.
    """
    if not user_ids:
        return []
    ids = sorted(set(user_ids))
    rows = [{"user_id": user_id, "badges": [], "counted_at": now} for user_id in ids]
    insert_or_hold(session, Reputation, rows, unique="user_id")
    mine = select(Reputation).where(Reputation.user_id.in_(ids)).order_by(Reputation.user_id)
    known = session.scalars(mine, execution_options={"populate_existing": True}).all()
    works = queries.works_of(session, ids)
    return [change for row in known if (change := _store(session, row, works.get(row.user_id, ()), now=now))]


def _store(session: Session, row: Reputation, works: Sequence[Work], *, now: datetime) -> Change | None:
    facts = facts_of(works)
    level, badges = rung_of(facts.points, facts.accepted).level, earned_by(facts)
    was, had = row.level, row.badges
    new = {
        "points": facts.points,
        "level": int(level),
        "accepted": facts.accepted,
        "votes": facts.votes,
        "answers": facts.answers,
        "topics": facts.topics,
        "badges": badges,
    }
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    row.counted_at = now
    _show(session, row.user_id, User.level, int(level))
    if not changed:
        return None
    fresh = [name for name in badges if name not in had]
    return Change(user_id=row.user_id, badges=fresh, level=level if level > was else None)


def _show(session: Session, user_id: int, what: InstrumentedAttribute[Any], value: object) -> None:
    """Change what policies and pages know of a person, and have the pages made again that name them.

    Topics are held before the person and in order, as by everyone who writes in them.
    """
    if session.scalar(select(User.id).where(User.id == user_id, what != value)) is None:
        return
    theirs = select(Post.topic_id).where(Post.author_id == user_id)
    held = select(Topic.id).where(Topic.id.in_(theirs)).order_by(Topic.id).with_for_update()
    session.execute(
        update(Topic).where(Topic.id.in_(session.scalars(held).all())).values(revision=Topic.revision + 1),
        execution_options={"synchronize_session": False},
    )
    session.execute(update(User).where(User.id == user_id).values({what: value}))
    revisions.bump(session, "forum")


def set_listed(session: Session, *, actor: Actor, is_listed: bool) -> None:
    """Say whether others see what the actor is known for; the same again changes nothing.

    Raises:
        ForbiddenError: the actor is a visitor.
    """
    if actor.user_id is None:
        raise ForbiddenError("list")
    _show(session, actor.user_id, User.is_listed, is_listed)
