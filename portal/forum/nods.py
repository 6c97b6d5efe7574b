"""Giving a nod to a post, once a person, and taking it back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, func, select, union_all
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ForbiddenError
from portal.core.orm import insert_new
from portal.events import PostVoted, QuestionSeconded, ThanksChanged
from portal.forum import policies, queries
from portal.forum.models import Post, Topic
from portal.forum.nod_models import TABLES, TIMES, MeToo, Nod
from portal.forum.reputation.service import note_outcome
from portal.notifications import service as notifications

_MAY: Final[Mapping[Nod, Callable[[Actor, Post], bool]]] = {
    Nod.VOTE: policies.may_vote,
    Nod.THANKS: policies.may_thank,
    Nod.ME_TOO: policies.may_say_me_too,
}


def give(session: Session, *, actor: Actor, post_id: int, nod: Nod, now: datetime) -> Post:
    """Say something of a post with one press; saying it again changes nothing.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor is a visitor or the author, or it cannot be said of this post.
    """
    post = queries.post_for(session, actor, post_id)
    if not _MAY[nod](actor, post) or actor.user_id is None:
        raise ForbiddenError(f"give {nod}")
    row = {"post_id": post.id, "user_id": actor.user_id, TIMES[nod]: now}
    if not insert_new(session, TABLES[nod], [row]):
        return post
    _count(post, nod, 1)
    if nod is Nod.VOTE:
        event = PostVoted(post_id=post.id, voter_id=actor.user_id, voter_account_id=actor.account_id)
        outbox.record(session, event)
        note_outcome(session, [post])
    elif nod is Nod.THANKS:
        outbox.record(session, ThanksChanged(post_id=post.id, user_id=actor.user_id))
    else:
        subject = f"topic:{post.topic_id}"
        notifications.take_part(session, user_id=actor.user_id, subject=subject, now=now)
        outbox.record(session, QuestionSeconded(post_id=post.id, user_id=actor.user_id))
    return post


def take_back(session: Session, *, actor: Actor, post_id: int, nod: Nod) -> Post:
    """Take back what one said of a post; nothing changes if one did not.

    Raises:
        NotFoundError: no such post that the actor may see.
    """
    post, table = queries.post_for(session, actor, post_id), TABLES[nod]
    mine = delete(table).where(table.post_id == post.id, table.user_id == actor.user_id)
    if session.execute(mine.returning(table.id)).first():
        _count(post, nod, -1)
        if nod is Nod.VOTE:
            note_outcome(session, [post])
        elif nod is Nod.THANKS and actor.user_id:
            outbox.record(session, ThanksChanged(post_id=post.id, user_id=actor.user_id))
    return post


def _count(post: Post, nod: Nod, change: int) -> None:
    """Let the database count, as others press at the same time; a topic counts what is said of its text."""
    post.topic.revision += 1
    if nod is Nod.THANKS:
        post.thanks_count = Post.thanks_count + change
    elif nod is Nod.VOTE:
        post.vote_count = Post.vote_count + change
        if post.is_opening:
            post.topic.vote_count = Topic.vote_count + change
    elif _is_question(post):
        post.topic.me_too_count = Topic.me_too_count + change


def _is_question(post: Post) -> bool:
    return post.is_opening and post.topic.is_question


def keep(session: Session, post: Post, nod: Nod, people: Mapping[int, datetime]) -> None:
    """Keep which others said something of a post elsewhere, and since when; nobody is told.

    Only the text of a question can be had too.
    """
    if nod is Nod.ME_TOO and not _is_question(post):
        return
    insert_new(
        session,
        TABLES[nod],
        [
            {"post_id": post.id, "user_id": user_id, TIMES[nod]: at}
            for user_id, at in people.items()
            if user_id != post.author_id
        ],
    )
    recount(session, post)


def recount(session: Session, post: Post) -> None:
    """Count what is said of a post again, as after it has changed its place."""
    said = [select(func.count()).where(table.post_id == post.id) for table in TABLES.values()]
    counts = dict(zip(TABLES, session.scalars(union_all(*said)), strict=True))
    post.vote_count, post.thanks_count = counts[Nod.VOTE], counts[Nod.THANKS]
    if post.is_opening:
        post.topic.vote_count = post.vote_count
        post.topic.me_too_count = counts[Nod.ME_TOO] if post.topic.is_question else 0


def people_with(session: Session, opening_ids: Iterable[int] | Select[int]) -> Mapping[int, datetime]:
    """Return the ids of who has any of some questions too, and since when."""
    query = select(MeToo.user_id, func.min(MeToo.said_at)).where(MeToo.post_id.in_(opening_ids))
    return dict(session.execute(query.group_by(MeToo.user_id)).all())
