"""Flags: people ask a moderator to look at a post, and moderators say that they did."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import PostFlagged
from portal.forum import policies, queries
from portal.forum.models import Post, PostFlag


def flag(session: Session, *, actor: Actor, post_id: int, reason: str, comment: str, now: datetime) -> Post:
    """Ask a moderator to look at a post; once a person.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor is a visitor.
        ConflictError: the actor has flagged it already.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_flag(actor) or actor.user_id is None:
        raise ForbiddenError("flag")
    row = {
        "post_id": post.id,
        "user_id": actor.user_id,
        "reason": reason,
        "comment": comment,
        "flagged_at": now,
    }
    new = insert_new(session, PostFlag, [row])
    if not new:
        raise ConflictError(N_("You have flagged this post already; a moderator will look at it."))
    outbox.record(session, PostFlagged(flag_id=new[0]))
    return post


def resolve_flag(session: Session, *, actor: Actor, flag_id: int, now: datetime) -> None:
    """Say that a flag has been looked at.

    Raises:
        NotFoundError: no such flag that the actor may see.
    """
    found = flag_for(session, actor, flag_id)
    found.resolved_at, found.resolved_by_id = now, actor.user_id


def open_flags_for(session: Session, actor: Actor) -> Sequence[PostFlag]:
    """Return the flags that wait for a moderator, oldest first; nothing for anyone but staff."""
    if not actor.is_staff:
        return []
    return session.scalars(
        select(PostFlag)
        .options(
            joinedload(PostFlag.post).joinedload(Post.topic),
            joinedload(PostFlag.post).joinedload(Post.author),
            joinedload(PostFlag.user),
        )
        .where(PostFlag.resolved_at.is_(None))
        .order_by(PostFlag.id)
    ).all()


def flag_for(session: Session, actor: Actor, flag_id: int) -> PostFlag:
    """Return one flag, for staff.

    Raises:
        NotFoundError: no such flag that the actor may see.
    """
    flag = session.get(PostFlag, flag_id) if actor.is_staff else None
    if flag is None:
        raise NotFoundError("flag")
    return flag
