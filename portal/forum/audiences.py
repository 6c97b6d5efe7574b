"""Whom boards and topics are for, read for many at once and whoever asks."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.forum.models import Board, Topic


def audiences_of_boards(session: Session, slugs: Collection[str]) -> Mapping[str, Audience]:
    """Return whom boards are for, by slug."""
    return dict(session.execute(select(Board.slug, Board.audience).where(Board.slug.in_(slugs))).all())


def audiences_of_topics(session: Session, topic_ids: Collection[int]) -> Mapping[int, Audience]:
    """Return whom topics are for, by id; one that was removed is for nobody."""
    stands = (Topic.id.in_(topic_ids), Topic.removed_at.is_(None))
    query = select(Topic.id, Board.audience).join(Topic.board).where(*stands)
    return dict(session.execute(query).all())
