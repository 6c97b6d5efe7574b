"""Writes to inboxes."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.orm import insert_new
from portal.notifications.models import Notice


def tell(
    session: Session, *, user_id: int, kind: str, params: dict[str, Any], path: str, cause: str, now: datetime
) -> None:
    """Put a notice into a person's inbox; the same cause again is the same notice."""
    row = {
        "user_id": user_id,
        "kind": kind,
        "params": params,
        "path": path,
        "cause": f"{cause}:{user_id}",
        "created_at": now,
    }
    insert_new(session, Notice, [row])


def read_all(session: Session, *, actor: Actor, now: datetime) -> None:
    """Mark everything in the actor's inbox as read."""
    mine = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    session.execute(update(Notice).where(*mine).values(read_at=now))
