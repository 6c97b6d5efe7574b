"""Lists of topics, and the queues into which they fall; a late page costs what the first one does."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import visible_to
from portal.core.paging import Cursor, Page
from portal.forum import queries
from portal.forum.models import Board, Post, Tag, Topic, TopicKind, TopicTag
from portal.notifications.queries import MOST_COUNTED, ids_watched_by

TOPICS_A_PAGE: Final = 25


def _answered_by(user_id: int) -> Select[int]:
    replies = (Post.author_id == user_id, Post.position > 1, Post.removed_at.is_(None))
    return select(Post.topic_id).where(*replies)


_ASKER_WAITS: Final = (Topic.asker_wrote_last, Topic.accepted_post_id.is_(None))
QUEUES: Final[dict[str, Any]] = {
    "unanswered": lambda _actor: (Topic.kind == TopicKind.QUESTION, Topic.answer_count == 0),
    "unsolved": lambda _actor: (Topic.kind == TopicKind.QUESTION, Topic.accepted_post_id.is_(None)),
    "asker": lambda _actor: _ASKER_WAITS,
    "solved": lambda _actor: (Topic.accepted_post_id.is_not(None),),
    "mine": lambda actor: (Topic.author_id == (actor.user_id or 0),),
    "answered": lambda actor: (
        Topic.kind == TopicKind.QUESTION,
        Topic.author_id != (actor.user_id or 0),
        Topic.id.in_(_answered_by(actor.user_id or 0)),
    ),
    "watched": lambda actor: (Topic.id.in_(ids_watched_by(actor.user_id or 0, "topic")),),
}


def topics_for(
    session: Session,
    actor: Actor,
    *,
    board: Board | None = None,
    tag: Tag | None = None,
    queue: str = "all",
    after: Cursor | None = None,
    size: int = TOPICS_A_PAGE,
) -> Page[Topic]:
    """Return topics, the most recently active first; what is pinned on a board is left out of all its topics.

    `queue` is `all`, `unanswered` (no reply), `unsolved` (no accepted answer), `asker` (of these, where the
    asker wrote last), `solved`, `mine`, `answered` (questions of others in which the actor replied) or
    `watched` (topics that the actor watches themselves, not by way of a board or tag).
    """
    query = queries.topics_seen_by(actor)
    if board is not None:
        query = query.where(Topic.board_id == board.id)
        if queue == "all":
            query = query.where(Topic.pinned_at.is_(None))
    if tag is not None:
        query = query.join(TopicTag, TopicTag.topic_id == Topic.id).where(TopicTag.tag_id == tag.id)
    if queue in QUEUES:
        query = query.where(*QUEUES[queue](actor))
    if after is not None:
        query = query.where(after.after(Topic.active_at, Topic.id))
    rows = session.scalars(query.order_by(Topic.active_at.desc(), Topic.id.desc()).limit(size + 1)).all()
    return Page.cut(rows, size, lambda topic: Cursor(at=topic.active_at, id=topic.id))


def pinned_topics_for(session: Session, actor: Actor, board: Board) -> Sequence[Topic]:
    """Return the topics that stand first on a board, the last pinned before the others."""
    query = queries.topics_seen_by(actor).where(Topic.board_id == board.id, Topic.pinned_at.is_not(None))
    return session.scalars(query.order_by(Topic.pinned_at.desc())).all()


def waiting_count_for(session: Session, actor: Actor, board: Board | None = None) -> int:
    """Return in how many unsolved questions the asker wrote last, up to 99, on a board or on all."""
    query = select(Topic.id).join(Topic.board).where(visible_to(actor, Board.audience), *_ASKER_WAITS)
    if board is not None:
        query = query.where(Topic.board_id == board.id)
    some = query.where(Topic.removed_at.is_(None)).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
