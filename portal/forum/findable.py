"""Which posts search finds, and as what."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.forum.models import Post
from portal.forum.paths import path_of_post, path_of_topic
from portal.forum.rendering import search_key_of
from portal.search import service as search
from portal.search.models import DocumentKind


def find_again(session: Session, posts: Iterable[Post], *, now: datetime) -> None:
    """Let posts be found as they are now, but for what was removed."""
    for post in posts:
        topic = post.topic
        if post.is_removed or topic.is_removed or (post.parent and post.parent.is_removed):
            continue
        search.put(
            session,
            key=search_key_of(post),
            group=f"topic:{topic.id}",
            kind=DocumentKind.TOPIC,
            language=post.language,
            title=topic.title if post.is_opening else "",
            body=post.body_text,
            path=path_of_topic(topic) if post.is_opening else path_of_post(topic, post),
            audience=topic.board.audience,
            author_id=post.author_id,
            section=topic.board.place,
            is_solved=topic.is_solved,
            tags=topic.tag_words,
            now=now,
        )


def hide(session: Session, posts: Iterable[Post], *, now: datetime) -> None:
    """Let posts be found no more."""
    for post in posts:
        search.remove(session, key=search_key_of(post), now=now)
