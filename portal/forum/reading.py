"""A topic as it is read: page by page, each in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.forum import queries
from portal.forum.models import Post, Tag, Topic
from portal.forum.nod_queries import Given, given_by, thankers_of
from portal.web.numbers import LARGEST_ROW

POSTS_A_PAGE: Final = 25


@dataclass(frozen=True, kw_only=True)
class TopicPage:
    """One page of a topic: its own post and the accepted answer (page 1 only), and the replies in order.

    `comments` are those on the posts of the page, by the post's id, the first said first.
    `original` is where the same was asked before; None if nowhere, or where the reader sees nothing.
    `given` says of which posts the reader said what with one press, `thankers` who thanked for them last.
    `moderates` says whether the reader keeps its board in order.
    """

    topic: Topic
    opening: Post
    accepted: Post | None
    replies: Sequence[Post]
    number: int
    pages: int
    tags: Sequence[Tag]
    comments: Mapping[int, Sequence[Post]]
    original: Topic | None
    given: Given
    thankers: Mapping[int, Sequence[str]]
    moderates: bool

    @property
    def lacks_answer(self) -> bool:
        """Whether this is an open question in which nobody but the asker has replied."""
        answers = (post for post in self.replies if not post.is_removed)
        return (
            self.topic.is_question
            and self.topic.is_open
            and not self.topic.is_removed
            and not self.topic.is_solved
            and self.pages == 1
            and all(post.author_id == self.topic.author_id for post in answers)
        )


def page_of(position: int) -> int:
    """Return the number of the page on which the post at a position stands."""
    return 1 + max(0, position - 2) // POSTS_A_PAGE


def last_place_on(page: int) -> int:
    """Return the position of the last post that a page can show."""
    return min(1 + max(page, 0) * POSTS_A_PAGE, LARGEST_ROW)


def page_for(session: Session, actor: Actor, topic: Topic, *, number: int) -> TopicPage:
    """Return one page of a topic that was read for the actor.

    Raises:
        NotFoundError: it has no such page.
    """
    pages = max(1, page_of(topic.last_position))
    if not 1 <= number <= pages:
        raise NotFoundError("page")
    first = 2 + (number - 1) * POSTS_A_PAGE
    wanted = Post.position.between(first, first + POSTS_A_PAGE - 1) | (Post.position == 1)
    if topic.accepted_post_id is not None and number == 1:
        wanted |= Post.id == topic.accepted_post_id
    posts = session.scalars(
        select(Post)
        .join(Post.topic)
        .options(joinedload(Post.author))
        .where(Post.topic_id == topic.id, wanted, queries.stands_for(actor, Post))
        .order_by(Post.position),
        {"viewer_id": actor.user_id},
    ).all()
    comments = _comments(session, actor, posts)
    shown = [*posts, *chain.from_iterable(comments.values())]
    accepted = next((post for post in posts if post.id == topic.accepted_post_id and number == 1), None)
    return TopicPage(
        topic=topic,
        opening=posts[0],
        accepted=accepted,
        replies=[post for post in posts[1:] if post is not accepted],
        number=number,
        pages=pages,
        tags=queries.tags_of(session, topic),
        comments=comments,
        original=_original(session, actor, topic),
        given=given_by(session, actor, shown),
        thankers=thankers_of(session, shown),
        moderates=queries.moderates(session, actor, topic.board),
    )


def _comments(session: Session, actor: Actor, posts: Sequence[Post]) -> Mapping[int, Sequence[Post]]:
    found: defaultdict[int, list[Post]] = defaultdict(list)
    query = queries.comments_under([post.id for post in posts]).join(Post.topic)
    seen = query.where(queries.stands_for(actor, Post))
    for post in session.scalars(seen, {"viewer_id": actor.user_id}):
        found[post.parent_id or 0].append(post)
    return found


def _original(session: Session, actor: Actor, topic: Topic) -> Topic | None:
    """Return the topic in which the same was asked before; None if there is none that the actor may see."""
    if topic.duplicate_of_id is None:
        return None
    try:
        return queries.topic_for(session, actor, topic.duplicate_of_id)
    except NotFoundError:
        return None
