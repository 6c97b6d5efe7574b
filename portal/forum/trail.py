"""The trail of a topic: what moderators did to it and to its posts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError
from portal.forum import queries
from portal.forum.models import ModerationAct, Post, Topic


def note_act(
    session: Session,
    actor: Actor,
    kind: str,
    topic: Topic,
    *,
    now: datetime,
    post: Post | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Add an act to the trail; `data` says from what and to what."""
    session.add(
        ModerationAct(
            kind=kind,
            actor_id=actor.user_id,
            topic_id=topic.id,
            post_id=post.id if post else None,
            data=dict(data or {}),
            done_at=now,
        )
    )


def acts_for(session: Session, actor: Actor, topic: Topic) -> Sequence[ModerationAct]:
    """Return what was done to a topic that was read for the actor, newest first.

    Raises:
        ForbiddenError: the actor is no moderator of its board.
    """
    if not queries.moderates(session, actor, topic.board):
        raise ForbiddenError("see acts")
    return session.scalars(
        select(ModerationAct)
        .options(joinedload(ModerationAct.actor))
        .where(ModerationAct.topic_id == topic.id)
        .order_by(ModerationAct.id.desc())
    ).all()
