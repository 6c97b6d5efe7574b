"""Who hears that their answer has become an article."""

from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.events import ArticlePublished
from portal.forum.models import Post
from portal.harvest.models import TopicArticle
from portal.knowledge.paths import path_of_article
from portal.knowledge.queries import article_for
from portal.notifications.service import News, tell


def tell_answerers(session: Session, event: ArticlePublished, now: datetime) -> None:
    """Who wrote an answer that went into an article hears once that readers see it, if they may too."""
    made = session.scalar(select(TopicArticle).where(TopicArticle.article_id == event.article_id))
    if made is None:
        return
    wrote = select(Post.author_id).where(Post.id.in_(made.post_ids), Post.removed_at.is_(None))
    default = current_app.extensions["settings"].default_language
    people = select(User).options(joinedload(User.account)).where(User.id.in_(wrote), User.is_active)
    for person in session.scalars(people.where(User.id != made.made_by_id)):
        try:
            text = article_for(
                session, person.as_actor(), event.article_id, language=person.language or default
            )
        except NotFoundError:
            continue
        news = News(
            kind="answer_in_article",
            params={"title": text.title},
            path=path_of_article(text.article_id, text.slug, language=text.language),
            cause=f"answer_in_article:{event.article_id}",
            subject=f"article:{text.article_id}",
            thread=f"article:{text.article_id}",
        )
        tell(session, news, to=[person.id], now=now)
