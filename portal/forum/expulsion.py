"""Sanctions with what they do to the posts of a person: hidden in one act, and brought back in one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts import sanctions
from portal.accounts.actors import Actor
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.forum import cases
from portal.forum.models import Post, Topic
from portal.forum.standing import put_back, take_away
from portal.forum.trail import note_act


def sanction_author(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    kind: SanctionKind,
    days: int,
    reason: str,
    hides_posts: bool,
    now: datetime,
) -> Sanction:
    """Silence or suspend a customer; if wished, hide every post of theirs that stands, and close their cases.

    Raises:
        ForbiddenError: the actor is not staff, or the person is.
        NotFoundError: no such person.
        InvalidError: there is no reason, or no sensible number of days.
        ConflictError: another sanction is in force.
    """
    sanction = sanctions.impose(
        session, actor=actor, user_id=user_id, kind=kind, days=days, reason=reason, now=now
    )
    if hides_posts:
        posts = _posts(session, Post.author_id == user_id, Post.removed_at.is_(None))
        take_away(session, *posts, by_id=actor.user_id, now=now)
        for post in posts:
            post.sanction_id = sanction.id
            note_act(session, actor, "removed", post.topic, now=now, post=post)
        cases.close_with(session, sanction, now=now)
    return sanction


def lift_sanction(session: Session, *, actor: Actor, sanction_id: int, now: datetime) -> Sanction:
    """End a sanction, bring back the posts that it hid and nobody has decided on since, and reopen its cases.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there is no such sanction.
    """
    sanction = sanctions.lift(session, actor=actor, sanction_id=sanction_id, now=now)
    posts = _posts(session, Post.sanction_id == sanction.id)
    hidden = [post for post in posts if post.is_removed]
    for post in posts:
        post.sanction_id = None
    put_back(session, *hidden, now=now)
    for post in hidden:
        note_act(session, actor, "restored", post.topic, now=now, post=post)
    cases.reopen_with(session, sanction)
    return sanction


def _posts(session: Session, *wanted: object) -> list[Post]:
    """Return posts with their topics, whose rows are held until the transaction ends."""
    query = (
        select(Post)
        .join(Post.topic)
        .options(contains_eager(Post.topic).joinedload(Topic.board), joinedload(Post.parent))
        .where(*wanted)  # type: ignore[arg-type]  # Columns compare to expressions.
        .order_by(Post.topic_id, Post.id)
        .with_for_update(of=Topic)
    )
    return list(session.scalars(query))
