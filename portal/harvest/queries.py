"""Which article was made of which topic, for those who may see both."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.forum.models import Topic
from portal.forum.queries import topics_seen_by
from portal.harvest.models import TopicArticle
from portal.knowledge.models import Translation
from portal.knowledge.queries import article_for


def article_made_of(session: Session, actor: Actor, topic: Topic, *, language: str) -> Translation | None:
    """Return what was made of a topic that was read for the actor, or of one merged into it.

    None if nothing was, or nothing that the actor may see: a draft is for staff.
    """
    article_id = session.scalar(
        select(TopicArticle.article_id)
        .join(Topic, Topic.id == TopicArticle.topic_id)
        .where(or_(Topic.id == topic.id, Topic.merged_into_id == topic.id))
        .order_by(TopicArticle.made_at)
        .limit(1)
    )
    if article_id is None:
        return None
    try:
        return article_for(session, actor, article_id, language=language)
    except NotFoundError:
        return None


def topic_behind(session: Session, actor: Actor, article_id: int) -> Topic | None:
    """Return the topic of which an article was made, or the one that took it over.

    None if there is none that the actor may see.
    """
    first = aliased(Topic)
    return session.scalar(
        topics_seen_by(actor)
        .join(first, Topic.id.in_((first.id, first.merged_into_id)))
        .join(TopicArticle, TopicArticle.topic_id == first.id)
        .where(TopicArticle.article_id == article_id)
    )
