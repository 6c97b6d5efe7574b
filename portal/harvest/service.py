"""Making an article of a solved topic."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.forum import queries as forum
from portal.forum.models import Post, Topic
from portal.forum.paths import path_of_topic
from portal.harvest.models import TopicArticle
from portal.harvest.pictures import with_own_pictures
from portal.harvest.rules import Say, body_of, link
from portal.knowledge import policies
from portal.knowledge import service as knowledge
from portal.knowledge.models import Article, ArticleStatus, Section
from portal.knowledge.publishing import Text


def draft_article(
    session: Session,
    *,
    actor: Actor,
    topic_id: int,
    languages: Collection[str],
    say: Say,
    folder: Path,
    now: datetime,
) -> Article:
    """Write a draft of what a solved topic says, for its readers alone; the same draft if there is one.

    `languages` are those of the site, the default one first; it takes the place of any other. Pictures that
    people added become the article's own, in the folder of uploads.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor may not write articles.
        ConflictError: the topic is not solved, or there is no section.
        InvalidError: the text is too long to be rendered.
    """
    topic = forum.topic_for(session, actor, topic_id, locked=True)
    if not policies.may_write(actor) or actor.user_id is None:
        raise ForbiddenError("write articles")
    if made := session.get(TopicArticle, topic.id):
        return session.get_one(Article, made.article_id)
    if topic.is_removed or not topic.is_solved:
        raise ConflictError(N_("Only a solved question can become an article."))
    posts = _question_and_answers(session, topic)
    language = topic.language if topic.language in languages else next(iter(languages))
    written = _text(topic, posts, say, language)
    text = knowledge.create_article(
        session,
        actor=actor,
        place=knowledge.Place(section_id=_section_for(session, topic), audience=topic.board.audience),
        language=language,
        text=replace(
            written, body=with_own_pictures(session, written.body, posts=posts, folder=folder, now=now)
        ),
        status=ArticleStatus.DRAFT,
        now=now,
    )
    session.add(
        TopicArticle(
            topic_id=topic.id,
            article_id=text.article_id,
            post_ids=[post.id for post in posts[1:]],
            made_by_id=actor.user_id,
            made_at=now,
        )
    )
    session.flush()
    return text.article


def _question_and_answers(session: Session, topic: Topic) -> Sequence[Post]:
    """Return the topic's own text, and its solutions, the primary one first."""
    wanted = (Post.position == 1) | (Post.accepted_at.is_not(None) & Post.removed_at.is_(None))
    return session.scalars(
        select(Post)
        .options(joinedload(Post.author))
        .where(Post.topic_id == topic.id, wanted)
        .order_by(Post.position != 1, Post.id != topic.accepted_post_id, Post.accepted_at, Post.id)
    ).all()


def _text(topic: Topic, posts: Sequence[Post], say: Say, language: str) -> Text:
    opening, *answers = posts
    people = {post.author_id: post.author.name for post in answers}
    names = ", ".join(link(name, f"/people/{user_id}") for user_id, name in people.items())
    words = say(language, names, link(topic.title, path_of_topic(topic)))
    return Text(title=topic.title, body=body_of(opening.body, [post.body for post in answers], words))


def _section_for(session: Session, topic: Topic) -> int:
    """Return the section in which the last article of the same board was put, else the first one of all."""
    last = (
        select(Article.section_id)
        .join(TopicArticle, TopicArticle.article_id == Article.id)
        .join(Topic, Topic.id == TopicArticle.topic_id)
        .where(Topic.board_id == topic.board_id)
        .order_by(TopicArticle.made_at.desc())
        .limit(1)
    )
    first = select(Section.id).order_by(Section.parent_id.is_not(None), Section.position, Section.id)
    section_id = session.scalar(last) or session.scalar(first.limit(1))
    if section_id is None:
        raise ConflictError(N_("Add a section to the help center first: articles stand in sections."))
    return section_id
