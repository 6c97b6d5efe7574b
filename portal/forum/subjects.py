"""What topics, posts and boards are called, for those who may see them."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, load_only

from portal.accounts.actors import Actor
from portal.accounts.audience import visible_to
from portal.content.extract import excerpt
from portal.forum.models import Board, Post, Topic
from portal.forum.paths import path_of_board, path_of_post, path_of_topic
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


def topics_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some topics by id; their titles are in their own language."""
    query = select(Topic).join(Topic.board).where(Topic.id.in_(ids), visible_to(actor, Board.audience))
    return {topic.id: Named(title=topic.title, path=path_of_topic(topic)) for topic in session.scalars(query)}


def posts_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some posts by id: under the title of their topic, with how they begin."""
    query = (
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .options(contains_eager(Post.topic), load_only(Post.position, Post.body_text, Post.topic_id))
        .where(Post.id.in_(ids), visible_to(actor, Board.audience))
    )
    return {
        post.id: Named(
            title=post.topic.title,
            path=path_of_post(post.topic, post),
            excerpt=excerpt(post.body_text, EXCERPT_CHARS),
        )
        for post in session.scalars(query)
    }
