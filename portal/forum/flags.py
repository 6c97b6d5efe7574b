"""Flags: people ask a moderator to look at a post."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import PostFlagged
from portal.forum import policies, queries
from portal.forum.models import Post, PostFlag
from portal.forum.reputation.rules import HIDING_WEIGHT, rung_for
from portal.forum.screening import hold, open_case, verdict_on


def flag(session: Session, *, actor: Actor, post_id: int, reason: str, comment: str, now: datetime) -> Post:
    """Ask a moderator to look at a post; once a person. Enough weight hides it until one has; see `Rung`.

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
        "weight": rung_for(actor).flag_weight,
        "flagged_at": now,
    }
    new = insert_new(session, PostFlag, [row])
    if not new:
        raise ConflictError(N_("You have flagged this post already; a moderator will look at it."))
    open_case(session, post, verdict_on(session, post, now=now), now=now)
    outbox.record(session, PostFlagged(flag_id=new[0]))
    if not (post.is_removed or post.author.is_staff) and _weight_on(session, post) >= HIDING_WEIGHT:
        hold(session, post, now=now)
    return post


def _weight_on(session: Session, post: Post) -> int:
    """Return what the flags weigh at which no moderator has looked."""
    waiting = (PostFlag.post_id == post.id, PostFlag.resolved_at.is_(None))
    return session.scalar(select(func.sum(PostFlag.weight)).where(*waiting)) or 0
