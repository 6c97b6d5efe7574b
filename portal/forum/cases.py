"""The moderators' queue: posts that were flagged or held; each decision can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.accounts.sanctions import Sanction, has_voice
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.i18n import N_
from portal.core.outbox import Event
from portal.events import CommentPosted, PostRemoved, ReplyPosted, TopicPosted
from portal.forum import policies, queries
from portal.forum.case_models import PostCase
from portal.forum.models import BoardModerator, Post, PostFlag, Topic
from portal.forum.standing import put_back, take_away
from portal.forum.trail import note_act


class State(StrEnum):
    """Which cases to show."""

    OPEN = "open"
    MINE = "mine"
    DONE = "done"


class Decision(StrEnum):
    """What a moderator makes of a post."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """How many posts of a person stand, and how many were taken away or wait."""

    standing: int
    removed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A case with the flags on its post and what its author did before."""

    case: PostCase
    flags: Sequence[PostFlag]
    history: History


def keeps_order(session: Session, actor: Actor) -> bool:
    """Tell whether the actor moderates any board; who is silenced does not."""
    if actor.is_staff or not actor.is_signed_in:
        return actor.is_staff
    named = select(BoardModerator.board_id).where(_named(actor)).limit(1)
    keeps = policies.may_guide(actor) or session.scalar(named) is not None
    return keeps and has_voice(session, actor, now=utc_now())


def _named(actor: Actor) -> ColumnElement[bool]:
    return BoardModerator.user_id == actor.user_id


def cases_for(
    session: Session,
    actor: Actor,
    *,
    state: State = State.OPEN,
    first: int = 0,
    size: int | None = None,
) -> Sequence[CaseView]:
    """Return the cases on the boards that the actor moderates, the longest waiting first.

    `size` is how many to return after the `first` ones, None for all. Decided ones come latest first.

    Raises:
        ForbiddenError: the actor moderates nothing.
    """
    if not keeps_order(session, actor):
        raise ForbiddenError("moderate")
    wanted = {
        State.OPEN: PostCase.closed_at.is_(None),
        State.MINE: PostCase.closed_at.is_(None) & (PostCase.assignee_id == actor.user_id),
        State.DONE: PostCase.closed_at.is_not(None),
    }[state]
    order = PostCase.closed_at.desc() if state is State.DONE else PostCase.opened_at
    found = session.scalars(
        select(PostCase)
        .join(PostCase.post)
        .join(Post.topic)
        .options(
            contains_eager(PostCase.post).contains_eager(Post.topic).joinedload(Topic.board),
            contains_eager(PostCase.post).joinedload(Post.author),
            contains_eager(PostCase.post).joinedload(Post.parent),
            joinedload(PostCase.assignee),
            joinedload(PostCase.closed_by),
        )
        .where(wanted, _on_boards_of(actor))
        .order_by(order, PostCase.post_id)
        .offset(first)
        .limit(size)
    ).all()
    flags, histories = _flags(session, found), _histories(session, found)
    return [
        CaseView(
            case=one,
            flags=[flag for flag in flags if flag.post_id == one.post_id],
            history=histories[one.post.author_id],
        )
        for one in found
    ]


def open_count_for(session: Session, actor: Actor) -> int:
    """Return how many cases wait on the boards that the actor moderates."""
    query = select(func.count(PostCase.post_id)).join(PostCase.post).join(Post.topic)
    return session.scalar(query.where(PostCase.closed_at.is_(None), _on_boards_of(actor))) or 0


def _on_boards_of(actor: Actor) -> ColumnElement[bool]:
    if actor.is_staff:
        return true()
    named = Topic.board_id.in_(select(BoardModerator.board_id).where(_named(actor)))
    if not policies.may_guide(actor):
        return named
    return or_(named, Topic.board_id.in_(queries.boards_for_everyone()))


def _flags(session: Session, cases: Sequence[PostCase]) -> Sequence[PostFlag]:
    query = select(PostFlag).options(joinedload(PostFlag.user)).order_by(PostFlag.id)
    return session.scalars(query.where(PostFlag.post_id.in_([one.post_id for one in cases]))).all()


def _histories(session: Session, cases: Sequence[PostCase]) -> Mapping[int, History]:
    removed = func.sum(case((Post.removed_at.is_not(None), 1), else_=0))
    query = select(Post.author_id, func.count(), removed).group_by(Post.author_id)
    rows = session.execute(query.where(Post.author_id.in_({one.post.author_id for one in cases})))
    return {author_id: History(standing=number - gone, removed=gone) for author_id, number, gone in rows}


def decide(session: Session, *, actor: Actor, post_id: int, decision: Decision, now: datetime) -> Post:
    """Keep a post before readers, or take it away, and close its case and flags.

    Deciding the same again changes nothing. What was held and is kept appears now, and
    those whom it concerns hear of it.

    Raises:
        NotFoundError: no such case that the actor may see.
        ForbiddenError: the actor does not moderate its board, or wrote it.
        ConflictError: another moderator decided otherwise meanwhile.
    """
    found = _case(session, actor, post_id)
    post, is_kept = found.post, decision is Decision.KEEP
    if not found.is_open:
        if is_kept == post.is_removed:
            raise ConflictError(N_("Another moderator has decided meanwhile. Look at it again."))
        return post
    if is_kept and post.is_removed:
        _appear(session, post, now=now)
    elif not is_kept and not post.is_removed:
        take_away(session, post, by_id=actor.user_id, now=now)
    elif not is_kept:
        post.held_at = post.sanction_id = None
        post.removed_by_id = actor.user_id
        post.topic.revision += 1
    _close(session, [found], by_id=actor.user_id, now=now)
    if not is_kept:
        outbox.record(session, PostRemoved(post_id=post.id, at=now.isoformat()))
    note_act(session, actor, "kept" if is_kept else "removed", post.topic, now=now, post=post)
    return post


def _close(
    session: Session,
    found: Sequence[PostCase],
    *,
    by_id: int | None,
    sanction_id: int | None = None,
    now: datetime,
) -> None:
    for one in found:
        one.closed_at, one.closed_by_id, one.sanction_id = now, by_id, sanction_id
    for flag in _flags(session, found):
        if flag.resolved_at is None:
            flag.resolved_at, flag.resolved_by_id = now, by_id


def close_with(session: Session, sanction: Sanction, *, now: datetime) -> None:
    """Close the open cases on the posts of a person with the sanction that settles them."""
    theirs = select(PostCase).join(PostCase.post).where(Post.author_id == sanction.user_id)
    found = session.scalars(theirs.where(PostCase.closed_at.is_(None))).all()
    _close(session, found, by_id=sanction.imposed_by_id, sanction_id=sanction.id, now=now)


def reopen_with(session: Session, sanction: Sanction) -> None:
    """Put the cases that a sanction closed, and nobody has decided since, before the moderators again."""
    for one in session.scalars(select(PostCase).where(PostCase.sanction_id == sanction.id)):
        one.closed_at = one.closed_by_id = one.sanction_id = None


def _appear(session: Session, post: Post, *, now: datetime) -> None:
    was_held, is_new = post.is_held, post.held_at == post.created_at
    put_back(session, post, now=now)
    if is_new:
        post.topic.active_at = max(post.topic.active_at, now)
    if was_held:
        outbox.record(session, _posted(post))


def _posted(post: Post) -> Event:
    if post.is_opening:
        return TopicPosted(topic_id=post.topic_id)
    return CommentPosted(post_id=post.id) if post.is_comment else ReplyPosted(post_id=post.id)


def reopen(session: Session, *, actor: Actor, post_id: int, now: datetime) -> None:
    """Put a decided case before the moderators again; the post stays as it is until one decides.

    Raises:
        NotFoundError: no such case that the actor may see.
        ForbiddenError: the actor does not moderate its board, or wrote it.
    """
    found = _case(session, actor, post_id)
    if not found.is_open:
        found.closed_at = found.closed_by_id = found.sanction_id = None
        note_act(session, actor, "reopened", found.post.topic, now=now, post=found.post)


def assign(session: Session, *, actor: Actor, post_id: int, is_taken: bool) -> None:
    """Take a case on, or give it back.

    Raises:
        NotFoundError: no such case that the actor may see.
        ForbiddenError: the actor does not moderate its board, or wrote it.
        ConflictError: another moderator took it on.
    """
    found = _case(session, actor, post_id)
    if is_taken and found.assignee_id not in {None, actor.user_id}:
        raise ConflictError(N_("Another moderator is looking at this already."))
    found.assignee_id = actor.user_id if is_taken else None


def _case(session: Session, actor: Actor, post_id: int) -> PostCase:
    """Return a case whose topic's row is held until the transaction ends."""
    post = queries.post_for(session, actor, post_id)
    if not policies.may_decide(actor, post, moderates=queries.moderates(session, actor, post.topic.board)):
        raise ForbiddenError("moderate")
    found = session.scalar(
        select(PostCase).options(joinedload(PostCase.post)).where(PostCase.post_id == post.id)
    )
    if found is None:
        raise NotFoundError("case")
    return found
