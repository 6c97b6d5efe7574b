"""Reads of what anyone may read in the community, for its feed and the sitemap: machines do not sign in."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import VISITOR
from portal.accounts.audience import visible_to
from portal.core.paging import Page, RowCursor
from portal.forum import queries
from portal.forum.models import Board, Post, Topic
from portal.forum.paths import path_of_board, path_of_topic
from portal.web.sitemaps import Listed

NEWEST: Final = 30
LEFT_ALONE_AFTER: Final = timedelta(days=365)
"""How long an unsolved topic is listed after its last post, and a question without any reply may be kept.

Source: a judgement; a question that nobody solved or touched for a year leads searchers nowhere.
"""


def is_left_alone(topic: Topic, *, now: datetime) -> bool:
    """Tell whether a topic is a question that nobody has taken up for long: who finds it finds no answer."""
    return topic.is_question and topic.answer_count == 0 and topic.created_at < now - LEFT_ALONE_AFTER


def newest_openings(session: Session, board: Board | None = None) -> Sequence[Post]:
    """Return the first posts of the newest public topics, of one board or of all, with topic and author."""
    return session.scalars(
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .options(contains_eager(Post.topic), joinedload(Post.author))
        .where(Post.position == 1, Topic.removed_at.is_(None), visible_to(VISITOR, Board.audience))
        .where(true() if board is None else Topic.board_id == board.id)
        .order_by(Topic.created_at.desc(), Topic.id.desc())
        .limit(NEWEST)
    ).all()


def page_of_topics(session: Session, *, after: RowCursor | None, size: int) -> Page[Topic]:
    """Return some of the public topics with their boards and authors, the oldest first."""
    query = queries.topics_seen_by(VISITOR).where(Topic.id > (after.id if after else 0))
    rows = session.scalars(query.order_by(Topic.id).limit(size + 1)).all()
    return Page.cut(rows, size, lambda topic: RowCursor(id=topic.id))


def listed_boards(session: Session) -> Iterator[Listed]:
    """Yield the pages of the public boards."""
    for board in queries.boards_for(session, VISITOR):
        yield Listed(path=path_of_board(board))


def count_topics(session: Session, *, active_since: datetime) -> int:
    """Return how many public topics are worth listing: solved ones, and any in which people still write."""
    query = select(func.count(Topic.id)).join(Topic.board).where(_listed(active_since))
    return session.scalar(query) or 0


def listed_topics(session: Session, *, active_since: datetime, offset: int, limit: int) -> Iterator[Listed]:
    """Yield the pages of some public topics that are worth listing."""
    query = select(Topic).join(Topic.board).where(_listed(active_since)).order_by(Topic.id)
    for topic in session.scalars(query.offset(offset).limit(limit)):
        yield Listed(path=path_of_topic(topic), changed_at=topic.active_at)


def _listed(active_since: datetime) -> ColumnElement[bool]:
    worth = or_(Topic.accepted_post_id.is_not(None), Topic.active_at >= active_since)
    return and_(visible_to(VISITOR, Board.audience), Topic.removed_at.is_(None), worth)
