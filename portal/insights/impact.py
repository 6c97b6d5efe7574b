"""Whom a person's solutions helped, as far as readers left a trace."""

from typing import Final

from sqlalchemy import String, cast, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from portal.adoption.models import Signal
from portal.forum.models import Post, Topic

READINGS: Final = ("topic.viewed", "topic.read")


def people_helped(session: Session, user_id: int) -> int:
    """Count who opened a topic after a person's answer had solved it; visitors too, staff and crawlers not.

    The person is not counted. A visitor with two browsers is two. Where topics were merged, those count who
    opened one of them before that, and the one that took it over since.
    """
    opened, merged = aliased(Topic), aliased(Topic)
    since = select(func.max(merged.removed_at)).where(merged.merged_into_id == opened.id).scalar_subquery()
    query = (
        select(func.count(Signal.person.distinct()))
        .select_from(Post)
        .join(Topic, Topic.id == Post.topic_id)
        .join(opened, or_(opened.id == Topic.id, opened.merged_into_id == Topic.id))
        .join(Signal, Signal.subject == literal("topic:") + cast(opened.id, String))
        .where(
            Post.author_id == user_id,
            Post.accepted_at.is_not(None),
            Post.removed_at.is_(None),
            Topic.removed_at.is_(None),
            Signal.kind.in_(READINGS),
            Signal.occurred_at > Post.accepted_at,
            Signal.occurred_at > func.coalesce(since, Post.accepted_at),
            Signal.left_out_as.is_(None),
            Signal.person != f"user:{user_id}",
        )
    )
    return session.scalar(query) or 0


def about(number: int) -> int:
    """Round to two digits that count, as nobody knows more than that: 137 is about 140."""
    step: int = 10 ** max(0, len(str(number)) - 2)
    return round(number / step) * step
