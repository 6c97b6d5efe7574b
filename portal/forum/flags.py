"""Flags: people ask a moderator to look at a post."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import PostFlagged
from portal.forum import policies, queries
from portal.forum.models import Post, PostFlag
from portal.forum.screening import open_case, verdict_on


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
    open_case(session, post, verdict_on(session, post, now=now), now=now)
    outbox.record(session, PostFlagged(flag_id=new[0]))
    return post
