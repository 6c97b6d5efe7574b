"""Who hears of what happens to the things that they watch, and of what became of their answers."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.audience import includes
from portal.accounts.models import User
from portal.events import AnswerAccepted, ReplyPosted, TextPublished, TopicPosted
from portal.forum.models import Post, Topic, TopicTag
from portal.forum.paths import path_of_post, path_of_topic
from portal.knowledge.models import Article, ArticleRevision, Significance, Translation
from portal.knowledge.paths import path_of_article
from portal.knowledge.queries import TRAIL
from portal.notifications.queries import watchers_of
from portal.notifications.service import News, tell


def post_with_topic(session: Session, post_id: int) -> Post:
    """Return a post with its author, its topic and the board."""
    with_topic = joinedload(Post.topic).joinedload(Topic.board)
    return session.get_one(Post, post_id, options=[with_topic, joinedload(Post.author)])


def tell_topic_watchers(session: Session, event: ReplyPosted, now: datetime) -> None:
    """Who watches a topic hears of each reply by someone else; most of all the one who started it."""
    post = post_with_topic(session, event.post_id)
    topic: Topic = post.topic
    subject = f"topic:{topic.id}"
    watchers = watchers_of(session, [subject], at=post.created_at)
    readers = who_can_read(session, topic, watchers) - {post.author_id}
    asker = readers & {topic.author_id}
    for kind, people in (("reply", asker), ("watched_reply", readers - asker)):
        news = News(
            kind=kind,
            params={"name": post.author.name, "title": topic.title},
            path=path_of_post(topic, post),
            cause=f"reply:{post.id}",
            subject=f"post:{post.id}",
            thread=subject,
            place=post.position,
        )
        tell(session, news, to=people, watch=subject, now=now)


def who_can_read(session: Session, topic: Topic, user_ids: Collection[int]) -> set[int]:
    """Return those of some people who can read a topic; nobody if it was removed."""
    if topic.is_removed:
        return set()
    people = select(User).options(joinedload(User.account)).where(User.id.in_(user_ids), User.is_active)
    return {
        person.id for person in session.scalars(people) if includes(topic.board.audience, person.as_actor())
    }


def tell_board_watchers(session: Session, event: TopicPosted, now: datetime) -> None:
    """Who watches a board hears of each topic that someone else starts there."""
    topic = session.get_one(
        Topic, event.topic_id, options=[joinedload(Topic.board), joinedload(Topic.author)]
    )
    watchers = watchers_of(session, _places_of(session, topic), at=topic.created_at)
    readers = who_can_read(session, topic, watchers) - {topic.author_id}
    news = News(
        kind="watched_topic",
        params={"name": topic.author.name, "title": topic.title},
        path=path_of_topic(topic),
        cause=f"topic:{topic.id}",
        subject=f"topic:{topic.id}",
        thread=f"topic:{topic.id}",
    )
    for watch, people in _by_watch(watchers, readers):
        tell(session, news, to=people, watch=watch, now=now)


def _places_of(session: Session, topic: Topic) -> list[str]:
    """Return what one may watch to hear that a topic was started."""
    tags = session.scalars(select(TopicTag.tag_id).where(TopicTag.topic_id == topic.id))
    return [f"board:{topic.board_id}", *(f"tag:{tag_id}" for tag_id in tags)]


def _by_watch(watchers: Mapping[int, str], readers: Collection[int]) -> Iterator[tuple[str, list[int]]]:
    people: defaultdict[str, list[int]] = defaultdict(list)
    for user_id in readers:
        people[watchers[user_id]].append(user_id)
    yield from people.items()


def tell_answerer(session: Session, event: AnswerAccepted, now: datetime) -> None:
    """The one who helped hears that it worked."""
    post = post_with_topic(session, event.post_id)
    if post.author_id != event.accepted_by_id:
        tell(
            session,
            News(
                kind="accepted",
                params={"title": post.topic.title},
                path=path_of_post(post.topic, post),
                cause=f"accepted:{post.id}",
                subject=f"post:{post.id}",
                thread=f"topic:{post.topic_id}",
                place=post.position,
            ),
            to=[post.author_id],
            now=now,
        )


def tell_text_watchers(session: Session, event: TextPublished, now: datetime) -> None:
    """Who watches an article or a section above it hears when it says something new in their language."""
    with_texts = joinedload(Translation.article).selectinload(Article.translations)
    translation = session.get_one(Translation, event.translation_id, options=[with_texts])
    article: Article = translation.article
    revisions = _revisions(session, event)
    if article.merged_into_id or (
        event.since and not any(revision.significance is Significance.MAJOR for revision in revisions)
    ):
        return
    trail = session.scalars(TRAIL, {"section_id": article.section_id}).all()
    places = [f"article:{article.id}", *(f"section:{section.id}" for section in reversed(trail))]
    watchers = watchers_of(session, places, at=datetime.fromisoformat(event.at))
    readers = _who_reads(session, translation, watchers) - {revisions[-1].author_id}
    news = News(
        kind="watched_text",
        params={"title": translation.title, "is_new": not event.since},
        path=path_of_article(article.id, translation.slug, language=translation.language),
        cause=f"text:{translation.id}:{event.number}",
        subject=f"article:{article.id}",
        thread=f"article:{article.id}",
    )
    for watch, people in _by_watch(watchers, readers):
        tell(session, news, to=people, watch=watch, now=now)


def _revisions(session: Session, event: TextPublished) -> list[ArticleRevision]:
    """Return the revisions that readers had not seen."""
    number = ArticleRevision.number
    new = (
        ArticleRevision.translation_id == event.translation_id,
        number.between(event.since + 1, event.number),
    )
    return list(session.scalars(select(ArticleRevision).where(*new).order_by(number)))


def _who_reads(session: Session, translation: Translation, user_ids: Collection[int]) -> set[int]:
    """Return those who, when they open the article, see this translation of it."""
    article = translation.article
    languages = {text.language for text in article.translations if text.is_published}
    default = current_app.extensions["settings"].default_language
    people = select(User).options(joinedload(User.account)).where(User.id.in_(user_ids), User.is_active)
    return {
        person.id
        for person in session.scalars(people)
        if includes(article.audience, person.as_actor())
        and translation.language == _shown(languages, person.language or default)
    }


def _shown(languages: set[str], wanted: str) -> str | None:
    """Return the language in which someone reads an article that exists in some; None if in none."""
    return wanted if wanted in languages else min(languages, default=None)
