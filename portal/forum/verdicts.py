"""What people say of posts: that they solve a question, are official, or help."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox, revisions
from portal.core.errors import ForbiddenError
from portal.events import AnswerAccepted
from portal.forum import nods, policies, queries
from portal.forum.models import Post, Topic
from portal.forum.nod_models import Nod
from portal.forum.reputation.service import note_outcome
from portal.forum.standing import unsettle
from portal.forum.trail import note_act
from portal.search import service as search


def accept_answer(session: Session, *, actor: Actor, post_id: int, reason: str = "", now: datetime) -> Post:
    """Choose a solution of a question, the first as the primary one; choosing it again changes nothing.

    `reason` is why a moderator chose for the asker.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator, or the answer was removed.
        ConflictError: the post is no answer to a question.
    """
    answer = _acceptable(session, actor, post_id)
    topic = answer.topic
    if settle(session, topic=topic, answer=answer, at=now):
        revisions.bump(session, "forum")
        if topic.author_id != actor.user_id:
            note_act(session, actor, "accepted", topic, now=now, post=answer, data={"reason": reason.strip()})
        event = AnswerAccepted(
            topic_id=topic.id, post_id=answer.id, accepted_by_id=actor.user_id, at=now.isoformat()
        )
        outbox.record(session, event)
        note_outcome(session, [answer])
    return answer


def settle(session: Session, *, topic: Topic, answer: Post, at: datetime) -> bool:
    """Make an answer a solution, and its topic findable as solved; False if it already is. Records no event.

    Raises:
        ConflictError: the post is no answer to this question.
    """
    changed = topic.accept(answer, at=at)
    if changed:
        search.mark_solved(session, group=f"topic:{topic.id}", is_solved=True, now=at)
    return changed


def prefer_answer(session: Session, *, actor: Actor, post_id: int) -> Post:
    """Let one of several solutions stand first; doing it again changes nothing.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator.
        ConflictError: the answer was not accepted.
    """
    answer = _acceptable(session, actor, post_id)
    if answer.topic.prefer(answer):
        revisions.bump(session, "forum")
    return answer


def withdraw_acceptance(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Say that an answer is no solution after all; nothing changes if it is none.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator.
    """
    answer = _acceptable(session, actor, post_id)
    if unsettle(session, answer=answer, now=now):
        note_outcome(session, [answer])
        revisions.bump(session, "forum")
    return answer


def make_official(session: Session, *, actor: Actor, post_id: int, is_official: bool, now: datetime) -> Post:
    """Say that the vendor stands behind an answer, or no longer does.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor is not staff, or the post is none that can be.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_make_official(actor, post):
        raise ForbiddenError("make official")
    if post.is_official != is_official:
        post.is_official = is_official
        post.topic.revision += 1
        note_act(
            session, actor, "official" if is_official else "not_official", post.topic, now=now, post=post
        )
        revisions.bump(session, "forum")
    return post


def _acceptable(session: Session, actor: Actor, post_id: int) -> Post:
    """Return an answer whose acceptance is the actor's to change."""
    answer = queries.post_for(session, actor, post_id)
    moderates = queries.moderates(session, actor, answer.topic.board)
    if not policies.may_settle(actor, answer, moderates=moderates):
        raise ForbiddenError("change acceptance")
    return answer


vote = partial(nods.give, nod=Nod.VOTE)
withdraw_vote = partial(nods.take_back, nod=Nod.VOTE)
