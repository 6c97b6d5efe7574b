"""Whether a post stands before readers; who may change that is for others to say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import outbox, revisions
from portal.core.batches import batches
from portal.events import StandingChanged
from portal.forum import queries
from portal.forum.findable import find_again, hide
from portal.forum.last_word import note_last_word
from portal.forum.models import Post
from portal.forum.reputation.service import note_outcome
from portal.search import service as search

BATCH: Final = 500


def take_away(session: Session, *posts: Post, by_id: int | None, now: datetime) -> None:
    """Take posts that stand away from readers, and with a first one its topic.

    A solution that is taken away is none until it is put back. `by_id` is None if nobody decided it yet.
    """
    concerned: list[Post] = []
    for post in posts:
        topic = post.topic
        post.removed_at, post.removed_by_id = now, by_id
        topic.revision += 1
        if post.is_opening:
            topic.removed_at = now
        else:
            topic.answer_count -= not post.is_comment
            accepted_at = post.accepted_at
            unsettle(session, answer=post, now=now)
            post.unsettled_at = accepted_at
        together = _together_with(session, post)
        hide(session, together, now=now)
        concerned += together if post.is_opening else [post]
    _follow(session, concerned)


def put_back(session: Session, *posts: Post, now: datetime) -> None:
    """Show readers posts again that were taken away, and with a first one its topic."""
    concerned: list[Post] = []
    for post in posts:
        topic = post.topic
        post.removed_at = post.removed_by_id = post.held_at = post.sanction_id = None
        topic.revision += 1
        if post.is_opening:
            topic.removed_at = None
        else:
            topic.answer_count += not post.is_comment
            _settle_again(session, post, now=now)
        together = _together_with(session, post)
        find_again(session, together, now=now)
        concerned += together if post.is_opening else [post]
    _follow(session, concerned)


def _together_with(session: Session, post: Post) -> Sequence[Post]:
    """Return what readers see or do not see together with a post: its topic, or the comments on it."""
    if post.is_opening:
        return queries.posts_of(session, post.topic)
    return [post, *queries.comments_on(session, [post])]


def _follow(session: Session, posts: Sequence[Post]) -> None:
    """Let everything follow that depends on which posts stand, once for all of them."""
    for topic in {post.topic_id: post.topic for post in posts if not post.is_opening}.values():
        note_last_word(session, topic)
    note_outcome(session, posts)
    note_standing(session, posts)
    revisions.bump(session, "forum")


def note_standing(session: Session, posts: Sequence[Post]) -> None:
    """Have everything that rests on posts looked at again, after the commit."""
    for some in batches(posts, BATCH):
        outbox.record(session, StandingChanged(post_ids=tuple(post.id for post in some)))


def _settle_again(session: Session, post: Post, *, now: datetime) -> None:
    """Let what had been accepted be a solution again, behind those accepted meanwhile."""
    accepted_at, post.unsettled_at = post.unsettled_at, None
    if accepted_at and post.topic.is_question and post.topic.accept(post, at=accepted_at):
        search.mark_solved(session, group=f"topic:{post.topic_id}", is_solved=True, now=now)


def unsettle(session: Session, *, answer: Post, now: datetime) -> bool:
    """Let an answer be no solution; False if it is none.

    The one accepted next stands first; without one the question is open again.
    """
    topic = answer.topic
    answer.unsettled_at = None
    if not answer.is_accepted:
        return False
    answer.accepted_at = None
    note_standing(session, [answer])
    topic.revision += 1
    if topic.accepted_post_id == answer.id:
        session.flush()
        others = select(Post).where(Post.topic_id == topic.id, Post.accepted_at.is_not(None))
        best = session.scalars(others.order_by(Post.accepted_at, Post.id).limit(1)).first()
        topic.accepted_post_id = best.id if best else None
        topic.solved_at = topic.solved_at if best else None
        search.mark_solved(session, group=f"topic:{topic.id}", is_solved=topic.is_solved, now=now)
    return True
