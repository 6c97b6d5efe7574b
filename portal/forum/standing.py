"""Whether a post stands before readers; who may change that is for others to say."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core import revisions
from portal.forum import queries
from portal.forum.findable import find_again, hide
from portal.forum.models import Post


def take_away(session: Session, post: Post, *, by_id: int | None, now: datetime) -> None:
    """Take a post that stands away from readers, and with the first one its topic.

    A question whose solution is taken away is open again. `by_id` is None if nobody decided it yet.
    """
    topic = post.topic
    post.removed_at, post.removed_by_id = now, by_id
    topic.revision += 1
    if post.is_opening:
        topic.removed_at = now
        hide(session, queries.posts_of(session, topic), now=now)
    else:
        topic.answer_count -= 1
        if topic.accepted_post_id == post.id:
            topic.withdraw_acceptance()
            find_again(session, queries.posts_of(session, topic), now=now)
        hide(session, [post], now=now)
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
        topic.answer_count += 1
        find_again(session, [post], now=now)
    revisions.bump(session, "forum")
