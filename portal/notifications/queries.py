"""Reads of inboxes; a person sees only their own."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.notifications.models import Notice

LATEST: Final = 100


def notices_for(session: Session, actor: Actor) -> Sequence[Notice]:
    """Return the actor's latest notices, newest first."""
    mine = select(Notice).where(Notice.user_id == actor.user_id)
    return session.scalars(mine.order_by(Notice.id.desc()).limit(LATEST)).all()


_UNREAD: Final = select(func.count()).where(Notice.user_id == bindparam("user_id"), Notice.read_at.is_(None))


def unread_count_for(session: Session, actor: Actor) -> int:
    """Return how many of the actor's notices are unread."""
    return session.scalar(_UNREAD, {"user_id": actor.user_id}) or 0
