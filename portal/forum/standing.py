"""Whether a post stands before readers; who may change that is for others to say."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import revisions
from portal.forum import queries
from portal.forum.findable import find_again, hide
from portal.forum.models import Post
from portal.search import service as search


def take_away(session: Session, post: Post, *, by_id: int | None, now: datetime) -> None:
    """Take a post that stands away from readers, and with the first one its topic.

    A solution that is taken away is none any more. `by_id` is None if nobody decided it yet.
    """
    topic = post.topic
    post.removed_at, post.removed_by_id = now, by_id
    topic.revision += 1
    if post.is_opening:
        topic.removed_at = now
        hide(session, queries.posts_of(session, topic), now=now)
    else:
        topic.answer_count -= not post.is_comment
        unsettle(session, answer=post, now=now)
        hide(session, [post, *queries.comments_on(session, [post])], now=now)
    revisions.bump(session, "forum")


def put_back(session: Session, post: Post, *, now: datetime) -> None:
    """Show readers a post again that was taken away, and with the first one its topic."""
    topic = post.topic
    post.removed_at = post.removed_by_id = post.held_at = post.sanction_id = None
    topic.revision += 1
    if post.is_opening:
        topic.removed_at = None
        find_again(session, queries.posts_of(session, topic), now=now)
    else:
        topic.answer_count += not post.is_comment
        find_again(session, [post, *queries.comments_on(session, [post])], now=now)
    revisions.bump(session, "forum")


def unsettle(session: Session, *, answer: Post, now: datetime) -> bool:
    """Let an answer be no solution; False if it is none.

    The one accepted next stands first; without one the question is open again.
    """
    topic = answer.topic
    if not answer.is_accepted:
        return False
    answer.accepted_at = None
    topic.revision += 1
    if topic.accepted_post_id == answer.id:
        session.flush()
        others = select(Post).where(Post.topic_id == topic.id, Post.accepted_at.is_not(None))
        best = session.scalars(others.order_by(Post.accepted_at, Post.id).limit(1)).first()
        topic.accepted_post_id = best.id if best else None
        topic.solved_at = topic.solved_at if best else None
        search.mark_solved(session, group=f"topic:{topic.id}", is_solved=topic.is_solved, now=now)
    return True
