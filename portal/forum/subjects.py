"""What topics, posts and boards are called, for those who may see them."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased, contains_eager, load_only

from portal.accounts.actors import Actor
from portal.accounts.audience import seen_by, visible_to
from portal.content.extract import excerpt
from portal.forum.models import Board, Post, Tag, Topic
from portal.forum.paths import path_of_board, path_of_post, path_of_tag, path_of_topic
from portal.notifications.subjects import Named

EXCERPT_CHARS: Final = 300


def boards_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some boards by id."""
    query = select(Board).where(Board.id.in_(ids), visible_to(actor, Board.audience))
    return {
        board.id: Named(title=board.name(language), path=path_of_board(board))
        for board in session.scalars(query)
    }


def tags_named_for(
    session: Session, _actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some tags by id; anyone may see them."""
    return {
        tag.id: Named(title=tag.name(language), path=path_of_tag(tag))
        for tag in session.scalars(select(Tag).where(Tag.id.in_(ids)))
    }


def topics_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some topics by id; their titles are in their own language."""
    query = (
        select(Topic)
        .join(Topic.board)
        .where(Topic.id.in_(ids), visible_to(actor, Board.audience), Topic.removed_at.is_(None))
    )
    return {topic.id: Named(title=topic.title, path=path_of_topic(topic)) for topic in session.scalars(query)}


@lru_cache(maxsize=1000)
def _posts_seen_by(audiences: frozenset[str] | None) -> Select[Post]:
    """Select `ids`; kept, since making it costs more than asking it, and digests ask for everyone."""
    parent = aliased(Post)
    return (
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .outerjoin(parent, parent.id == Post.parent_id)
        .options(
            load_only(Post.position, Post.body_text),
            contains_eager(Post.topic).load_only(Topic.title, Topic.slug),
        )
        .where(
            Post.id.in_(bindparam("ids", expanding=True)),
            seen_by(audiences, Board.audience),
            Topic.removed_at.is_(None),
            Post.removed_at.is_(None),
            parent.removed_at.is_(None),
        )
    )


def posts_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some posts by id: under the title of their topic, with how they begin."""
    return {
        post.id: Named(
            title=post.topic.title,
            path=path_of_post(post.topic, post),
            excerpt=excerpt(post.body_text, EXCERPT_CHARS),
        )
        for post in session.scalars(_posts_seen_by(actor.audiences), {"ids": list(ids)})
    }
