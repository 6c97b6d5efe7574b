"""What moderators do to topics, each act kept in a trail and reversible by another."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.forum import nods, policies, queries
from portal.forum.findable import find_again, hide
from portal.forum.last_word import note_last_word
from portal.forum.models import Post, Topic
from portal.forum.nod_models import MeToo, Nod
from portal.forum.rendering import rendered_post
from portal.forum.reputation.service import note_outcome
from portal.forum.standing import note_standing, unsettle
from portal.forum.trail import note_act
from portal.notifications import service as notifications
from portal.web.slugs import slugify


class Mark(StrEnum):
    """What a moderator can set on a topic, and take off again."""

    CLOSED = "closed"
    PINNED = "pinned"
    ARCHIVED = "archived"


def mark_topic(
    session: Session, *, actor: Actor, topic_id: int, mark: Mark, is_set: bool, now: datetime
) -> Topic:
    """Close, pin or archive a topic, or undo that; doing it again changes nothing.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor is no moderator of its board.
    """
    topic = _moderated(session, actor, topic_id)
    column = f"{mark}_at"
    if (getattr(topic, column) is not None) != is_set:
        setattr(topic, column, now if is_set else None)
        note_act(session, actor, mark if is_set else f"not_{mark}", topic, now=now)
        _changed(session, topic)
    return topic


def move_topic(session: Session, *, actor: Actor, topic_id: int, board_slug: str, now: datetime) -> Topic:
    """Put a topic on another board, whose readers become its readers.

    Raises:
        NotFoundError: no such topic or board that the actor may see.
        ForbiddenError: the actor is no moderator of both boards.
    """
    topic = _moderated(session, actor, topic_id)
    board = queries.board_for(session, actor, board_slug)
    if not queries.moderates(session, actor, board):
        raise ForbiddenError("move there")
    if board.id != topic.board_id:
        note_act(session, actor, "moved", topic, now=now, data={"from": topic.board.slug, "to": board.slug})
        topic.board = board
        posts = queries.posts_of(session, topic)
        find_again(session, posts, now=now)
        note_outcome(session, posts)
        _changed(session, topic)
    return topic


def merge_topics(session: Session, *, actor: Actor, topic_id: int, into_id: int, now: datetime) -> Topic:
    """Move every post of a topic behind those of another, whose address the topic's leads to from now on.

    An unsolved question takes over the solution too. What led to the topic, as it was merged into it or asked
    the same again, leads to the other one too.

    Raises:
        NotFoundError: no such topics that the actor may see.
        ForbiddenError: the actor is no moderator of both boards.
        InvalidError: the topics are the same.
        ConflictError: one of them was removed.
    """
    leading = _leading_to(session, topic_id, into_id)
    topic, target = (_moderated(session, actor, number) for number in (topic_id, into_id))
    if topic is target:
        raise InvalidError(N_("Choose another topic to merge this one into."), field="into")
    if topic.is_removed or target.is_removed:
        raise ConflictError(N_("A removed topic cannot be merged. Put it back first."))
    posts = queries.posts_of(session, topic)
    solution = (topic.accepted_post_id, topic.solved_at)
    hide(session, posts, now=now)
    topic.accepted_post_id = topic.solved_at = None
    topic.vote_count = topic.me_too_count = 0
    topic.removed_at, topic.merged_into_id = now, target.id
    _lead_to(target, leading, instead_of=topic)
    _append(session, posts, target)
    _hand_over(session, topic, posts[0], target)
    if not target.is_question:
        for post in posts:
            post.accepted_at = None
    elif not target.is_solved:
        target.accepted_post_id, target.solved_at = solution
    note_standing(session, posts)
    find_again(session, queries.posts_of(session, target), now=now)
    note_act(session, actor, "merged", topic, now=now, data={"to": str(target.id)})
    note_act(session, actor, "took_over", target, now=now, data={"from": topic.title})
    _changed(session, topic)
    _changed(session, target)
    return target


def _leading_to(session: Session, topic_id: int, into_id: int) -> Sequence[Topic]:
    """Return the topics that lead to one; these and both are held, the first one first, against deadlocks."""
    leads = or_(Topic.merged_into_id == topic_id, Topic.duplicate_of_id == topic_id)
    wanted = select(Topic).where(or_(leads, Topic.id.in_((topic_id, into_id))))
    held = session.scalars(wanted.order_by(Topic.id).with_for_update()).all()
    return [topic for topic in held if topic_id in {topic.merged_into_id, topic.duplicate_of_id}]


def _lead_to(target: Topic, leading: Sequence[Topic], *, instead_of: Topic) -> None:
    for topic in leading:
        if topic.merged_into_id == instead_of.id:
            topic.merged_into_id = target.id
        if topic.duplicate_of_id == instead_of.id:
            topic.duplicate_of_id = target.id if topic is not target else None
        topic.revision += 1


def _hand_over(session: Session, topic: Topic, asked: Post, target: Topic) -> None:
    """Let who asked, has or watches the question of a merged topic do so with the one that took it over."""
    notifications.watch_instead(session, subject=f"topic:{topic.id}", other=f"topic:{target.id}")
    note_last_word(session, target)
    if topic.is_question and target.is_question:
        opening = queries.posts_of(session, target)[0]
        people = {topic.author_id: topic.created_at, **nods.people_with(session, [asked.id])}
        nods.keep(session, opening, Nod.ME_TOO, people)
        session.execute(delete(MeToo).where(MeToo.post_id == asked.id))


def split_topic(
    session: Session, *, actor: Actor, topic_id: int, post_ids: Collection[int], title: str, now: datetime
) -> Topic:
    """Move some replies into a topic of their own, the first of them as its text; return it.

    Raises:
        NotFoundError: no such topic that the actor may see, or no such replies that stand in it.
        ForbiddenError: the actor is no moderator of its board.
        InvalidError: no reply was chosen, or the title is empty.
    """
    topic = _moderated(session, actor, topic_id)
    title = " ".join(title.split())[:300]
    if not title:
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")
    posts = queries.posts_of(session, topic)
    moved = [post for post in posts if post.id in post_ids and not post.is_comment and not post.is_removed]
    if not moved:
        raise InvalidError(N_("Choose the replies that belong together."), field="posts")
    if len(moved) != len(set(post_ids)):
        raise NotFoundError("reply")
    opening = moved[0]
    if opening.is_opening:
        raise InvalidError(N_("The first post stays, as the topic is about it."), field="posts")
    for post in moved:
        unsettle(session, answer=post, now=now)
    moved += [post for post in posts if post.parent_id in post_ids]
    hide(session, moved, now=now)
    fresh = Topic(
        board=topic.board,
        kind=topic.kind,
        title=title,
        slug=slugify(title),
        language=opening.language,
        author_id=opening.author_id,
        account_id=opening.account_id,
        created_at=opening.created_at,
        active_at=opening.created_at,
        last_position=0,
        answer_count=-1,
        revision=0,
    )
    session.add(fresh)
    session.flush()
    topic.answer_count -= sum(not post.is_removed for post in moved if not post.is_comment)
    _append(session, moved, fresh)
    nods.recount(session, opening)
    note_last_word(session, topic)
    note_last_word(session, fresh)
    find_again(session, [*queries.posts_of(session, topic), *moved], now=now)
    note_act(session, actor, "split", topic, now=now, data={"to": str(fresh.id)})
    note_act(session, actor, "split_off", fresh, now=now, data={"from": topic.title})
    _changed(session, topic)
    return fresh


def _append(session: Session, posts: Sequence[Post], target: Topic) -> None:
    """Put posts behind those of a topic, with their comments; what is removed stays so and is not counted."""
    for post in posts:
        post.topic = target
        if post.is_comment:
            continue
        target.last_position += 1
        target.answer_count += not post.is_removed
        post.position = target.last_position
        rendered = rendered_post(post)
        post.body_html, post.body_text = rendered.html, rendered.text
        target.active_at = max(target.active_at, post.created_at)
    session.flush()
    note_outcome(session, posts)


def link_to_original(
    session: Session, *, actor: Actor, topic_id: int, original_id: int | None, now: datetime
) -> Topic:
    """Say where the same was asked before; None takes that back.

    Raises:
        NotFoundError: no such topics that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator.
        InvalidError: a topic is no duplicate of itself, or of its own duplicate.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_link_to_original(actor, topic, moderates=moderates):
        raise ForbiddenError("link to original")
    original = queries.topic_for(session, actor, original_id) if original_id is not None else None
    if original and (original.id == topic.id or original.duplicate_of_id is not None):
        raise InvalidError(N_("Choose the first topic in which this was asked."), field="original")
    if topic.duplicate_of_id != original_id:
        topic.duplicate_of_id = original_id
        kind = "linked" if original else "unlinked"
        note_act(session, actor, kind, topic, now=now, data={"to": original.title} if original else {})
        _changed(session, topic)
    return topic


def _moderated(session: Session, actor: Actor, topic_id: int) -> Topic:
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    if not queries.moderates(session, actor, topic.board):
        raise ForbiddenError("moderate")
    return topic


def _changed(session: Session, topic: Topic) -> None:
    topic.revision += 1
    revisions.bump(session, "forum")
