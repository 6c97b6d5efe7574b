"""Ideas: which are wanted most, and what the vendor makes of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select, tuple_, union
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox, revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.paging import Page
from portal.events import IdeaShipped
from portal.forum import queries
from portal.forum.models import IdeaStatus, Post, PostVote, Topic, TopicKind
from portal.forum.reputation.service import note_outcome
from portal.forum.trail import note_act

IDEAS_A_PAGE: Final = 25


def ideas_for(
    session: Session,
    actor: Actor,
    *,
    status: IdeaStatus | None = None,
    after: tuple[int, int] | None = None,
    size: int = IDEAS_A_PAGE,
) -> Page[Topic]:
    """Return the ideas that the actor may see, those with most votes first.

    `after` is the votes and the id of the last one seen; a page's cursor is both, with a hyphen between.
    """
    query = queries.topics_seen_by(actor).where(Topic.kind == TopicKind.IDEA)
    if status is not None:
        query = query.where(Topic.idea_status == status)
    if after is not None:
        query = query.where(tuple_(Topic.vote_count, Topic.id) < after)
    rows = session.scalars(query.order_by(Topic.vote_count.desc(), Topic.id.desc()).limit(size + 1)).all()
    last = f"{rows[size - 1].vote_count}-{rows[size - 1].id}" if len(rows) > size else None
    return Page(rows=rows[:size], next_cursor=last)


def set_status(
    session: Session, *, actor: Actor, topic_id: int, status: IdeaStatus, note: str, now: datetime
) -> Topic:
    """Say what the vendor makes of an idea, and why.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor is not staff.
        ConflictError: the topic is no idea.
        InvalidError: it is not planned, and nothing says why.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    if not actor.is_staff:
        raise ForbiddenError("set status")
    if not topic.is_idea:
        raise ConflictError(N_("Only an idea has a status."))
    if status is IdeaStatus.NOT_PLANNED and not note.strip():
        raise InvalidError(N_("Say why it is not planned."), field="note")
    if topic.idea_status is not status:
        note_act(session, actor, "status", topic, now=now, data={"to": status})
        note_outcome(session, [topic])
        if status is IdeaStatus.SHIPPED:
            outbox.record(session, IdeaShipped(topic_id=topic.id, at=now.isoformat()))
    topic.idea_status, topic.status_note = status, note.strip()
    topic.revision += 1
    revisions.bump(session, "forum")
    return topic


def people_who_want(session: Session, topic: Topic) -> Iterable[int]:
    """Return the ids of who suggested an idea, voted for it, or had the same one as a topic of its own."""
    voted = select(PostVote.user_id).join(Post, Post.id == PostVote.post_id).where(Post.topic_id == topic.id)
    merged = select(Topic.author_id).where(
        (Topic.id == topic.id) | (Topic.merged_into_id == topic.id) | (Topic.duplicate_of_id == topic.id)
    )
    return session.scalars(union(voted.where(Post.position == 1), merged)).all()
