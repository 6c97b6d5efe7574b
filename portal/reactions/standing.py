"""What the ledger says of posts counts as long as readers see them, and of solutions as long as they are."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from portal.adoption.models import Signal
from portal.adoption.service import PORTAL, restore, void
from portal.events import StandingChanged
from portal.forum.models import Post, Topic
from portal.reactions.signals import TOPIC_SIGNALS

REMOVED, WITHDRAWN, BACK = "removed", "withdrawn", "restored"

ACCEPTED: Final = "answer.accepted"
WAS_ACCEPTED: Final = "answer.was_accepted"
OF_TOPICS: Final = tuple(TOPIC_SIGNALS.values())
OF_POSTS: Final = (
    "answer.posted",
    "reply.posted",
    WAS_ACCEPTED,
    "post.voted",
    "post.was_voted",
    "idea.voted",
    "question.seconded",
)
"""Reports are no part of it: that someone saw what was then removed is as true as before."""


def follow_posts(session: Session, event: StandingChanged, now: datetime) -> None:
    """Take back what rests on posts that readers do not see, or on acceptances, and let the rest count again.

    Everything is read from what is stored now, so that the order in which events arrive does not matter.
    """
    changes: dict[str, set[int]] = {REMOVED: set(), WITHDRAWN: set(), BACK: set()}
    for signal, state in _signals(session, _posts(session, event)):
        if (state == BACK) != (signal.left_out_as is None):
            changes[state].add(signal.id)
    for reason in (REMOVED, WITHDRAWN):
        void(session, changes[reason], reason=reason, now=now)
    restore(session, changes[BACK], reason=BACK, now=now)


def _posts(session: Session, event: StandingChanged) -> dict[int, Post]:
    """Read the posts with the comments on them, which are seen where they are."""
    query = select(Post).options(joinedload(Post.topic), joinedload(Post.parent))
    wanted = or_(Post.id.in_(event.post_ids), Post.parent_id.in_(event.post_ids))
    return {post.id: post for post in session.scalars(query.where(wanted))}


def _signals(session: Session, posts: dict[int, Post]) -> Iterator[tuple[Signal, str]]:
    """Yield what the ledger says of posts, and what becomes of it; merged topics are seen where they went."""
    topics = {f"topic:{post.topic_id}": post.topic for post in posts.values() if post.is_opening}
    merged = select(Topic.id, Topic.merged_into_id).where(
        Topic.merged_into_id.in_({topic.id for topic in topics.values()})
    )
    topics |= {f"topic:{one}": topics[f"topic:{into}"] for one, into in session.execute(merged)}
    subjects = {f"post:{post.id}": post for post in posts.values()}
    of_topics = select(Signal).where(Signal.subject.in_(topics), Signal.kind.in_(OF_TOPICS))
    for signal in session.scalars(of_topics):
        yield signal, REMOVED if topics[signal.subject or ""].is_removed else BACK
    twins: dict[str, str] = {}
    of_posts = select(Signal).where(Signal.subject.in_(subjects), Signal.kind.in_(OF_POSTS))
    for signal in session.scalars(of_posts):
        state = _state(subjects[signal.subject or ""], signal)
        yield signal, state
        if signal.kind == WAS_ACCEPTED:
            twins[ACCEPTED + signal.key.removeprefix(WAS_ACCEPTED)] = state
    same = select(Signal).where(Signal.source == PORTAL, Signal.key.in_(twins))
    for signal in session.scalars(same):
        yield signal, twins[signal.key]


def _state(post: Post, signal: Signal) -> str:
    parent_is_gone = post.parent is not None and post.parent.is_removed
    if post.is_removed or parent_is_gone or post.topic.is_removed:
        return REMOVED
    if signal.kind == WAS_ACCEPTED and not post.is_accepted:
        return WITHDRAWN
    return BACK
