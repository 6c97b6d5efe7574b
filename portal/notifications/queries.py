"""Reads of inboxes; a person sees only their own."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.notifications.models import Notice

LATEST: Final = 100


def notices_for(session: Session, actor: Actor) -> Sequence[Notice]:
    """Return the actor's latest notices, newest first."""
    mine = select(Notice).where(Notice.user_id == actor.user_id)
    return session.scalars(mine.order_by(Notice.id.desc()).limit(LATEST)).all()


def unread_count_for(session: Session, actor: Actor) -> int:
    """Return how many of the actor's notices are unread."""
    mine = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(Notice).where(*mine)) or 0
