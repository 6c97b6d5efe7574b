"""Reads of what anyone may read in the community, for its feed and the sitemap: machines do not sign in."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import VISITOR
from portal.accounts.audience import visible_to
from portal.forum import queries
from portal.forum.models import Board, Post, Topic
from portal.forum.paths import path_of_board, path_of_topic
from portal.web.sitemaps import Listed

NEWEST: Final = 30


def newest_openings(session: Session) -> Sequence[Post]:
    """Return the first posts of the newest public topics, with topic and author."""
    return session.scalars(
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .options(contains_eager(Post.topic), joinedload(Post.author))
        .where(Post.position == 1, Topic.removed_at.is_(None), visible_to(VISITOR, Board.audience))
        .order_by(Topic.created_at.desc(), Topic.id.desc())
        .limit(NEWEST)
    ).all()


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
