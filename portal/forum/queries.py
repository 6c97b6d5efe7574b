"""Reads of the community; each returns only what the actor may see."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.accounts.audience import seen_by, visible_to
from portal.accounts.models import User
from portal.accounts.sanctions import has_voice
from portal.core.clock import utc_now
from portal.core.errors import NotFoundError
from portal.forum import policies
from portal.forum.models import Board, BoardModerator, Post, Tag, Topic, TopicTag
from portal.search.places import Place

_OWN_COLUMNS: Final = [column.key for column in Post.__table__.columns]


def boards_for(session: Session, actor: Actor) -> Sequence[Board]:
    """Return the boards that the actor may see, in order."""
    return session.scalars(
        select(Board).where(visible_to(actor, Board.audience)).order_by(Board.position, Board.id)
    ).all()


def boards_to_post_on_for(session: Session, actor: Actor) -> Sequence[Board]:
    """Return the boards on which the actor may start topics, in order."""
    kept = session.scalars(select(BoardModerator.board_id).where(BoardModerator.user_id == actor.user_id))
    mine = frozenset(kept)
    return [
        board
        for board in boards_for(session, actor)
        if policies.may_start(actor, board, is_named=board.id in mine)
    ]


def places(session: Session) -> Iterator[Place]:
    """Yield all boards, as search narrows its results to them."""
    for board in session.scalars(select(Board).order_by(Board.position, Board.id)):
        yield Place(key=board.place, slug=f"community/{board.slug}", names=board.names, is_board=True)


def board_for(session: Session, actor: Actor, slug: str) -> Board:
    """Return one board.

    Raises:
        NotFoundError: no such board that the actor may see.
    """
    board = session.scalar(select(Board).where(Board.slug == slug, visible_to(actor, Board.audience)))
    if board is None:
        raise NotFoundError("board")
    return board


def addresses_of_moderators(session: Session, board: Board) -> Sequence[str]:
    """Return the e-mail addresses of the customers who keep a board that was read for the actor."""
    query = select(User.email).join(BoardModerator, BoardModerator.user_id == User.id)
    return [email for email in session.scalars(query.where(BoardModerator.board_id == board.id)) if email]


def moderates(session: Session, actor: Actor, board: Board) -> bool:
    """Tell whether the actor keeps a board in order: staff do everywhere, guides where everyone is.

    Who is silenced keeps none.
    """
    if actor.is_staff or not actor.is_signed_in:
        return actor.is_staff
    keeps = policies.may_guide_on(actor, board) or is_named(session, actor, board)
    return keeps and has_voice(session, actor, now=utc_now())


def is_named(session: Session, actor: Actor, board: Board) -> bool:
    """Tell whether a board names the actor as one of its moderators."""
    named = select(BoardModerator.user_id).where(
        BoardModerator.board_id == board.id, BoardModerator.user_id == actor.user_id
    )
    return session.scalar(named) is not None


def topic_counts_for(session: Session, actor: Actor) -> dict[int, int]:
    """Return how many topics each visible board has, by board id."""
    query = (
        select(Topic.board_id, func.count())
        .join(Topic.board)
        .where(visible_to(actor, Board.audience), Topic.removed_at.is_(None))
        .group_by(Topic.board_id)
    )
    return dict(session.execute(query).all())


def topics_seen_by(actor: Actor) -> Select[Topic]:
    """Select the topics that the actor may see, with board and author."""
    return _topics_seen_by(actor.audiences)


def _topics_on_boards_of(audiences: frozenset[str] | None) -> Select[Topic]:
    return (
        select(Topic)
        .join(Topic.board)
        .options(contains_eager(Topic.board), joinedload(Topic.author))
        .where(seen_by(audiences, Board.audience))
    )


@lru_cache(maxsize=1000)
def _topics_seen_by(audiences: frozenset[str] | None) -> Select[Topic]:
    return _topics_on_boards_of(audiences).where(Topic.removed_at.is_(None))


@lru_cache(maxsize=1000)
def _topic_seen_by(audiences: frozenset[str] | None, *, guides: bool, locked: bool) -> Select[Topic]:
    """Select `topic_id` for `viewer_id`; kept, since making it costs more than asking it."""
    query = _topics_on_boards_of(audiences).where(
        Topic.id == bindparam("topic_id"), _stands_for_viewer(audiences, Topic, guides=guides)
    )
    return query.with_for_update(of=Topic) if locked else query


def _stands_for_viewer(
    audiences: frozenset[str] | None, table: type[Topic] | type[Post], *, guides: bool
) -> ColumnElement[bool]:
    """Leave out what was removed, but not for its author and moderators, who may put it back."""
    return or_(table.removed_at.is_(None), _is_own_or_kept(audiences, table, guides=guides))


def _is_own_or_kept(
    audiences: frozenset[str] | None, table: type[Topic] | type[Post], *, guides: bool
) -> ColumnElement[bool]:
    """Select what `viewer_id` wrote, or keeps in order as a moderator."""
    if audiences is None:
        return true()
    viewer_id: BindParameter[int | None] = bindparam("viewer_id")
    named = select(BoardModerator.user_id).where(
        BoardModerator.board_id == Topic.board_id, BoardModerator.user_id == viewer_id
    )
    kept = [Topic.board_id.in_(boards_for_everyone())] if guides else []
    return or_(table.author_id == viewer_id, named.exists(), *kept)


def boards_for_everyone() -> Select[int]:
    """Select the ids of the boards that are for everyone who signs in; guides keep them in order."""
    return select(Board.id).where(seen_by(policies.OPEN_BOARDS, Board.audience))


def stands_for(actor: Actor, table: type[Topic] | type[Post]) -> ColumnElement[bool]:
    """Leave out what was removed, but not for its author and moderators; `viewer_id` is the actor's."""
    return _stands_for_viewer(actor.audiences, table, guides=policies.may_guide(actor))


def is_own_or_kept(actor: Actor) -> ColumnElement[bool]:
    """Select the posts that the actor, given as `viewer_id`, wrote or keeps in order as a moderator."""
    return _is_own_or_kept(actor.audiences, Post, guides=policies.may_guide(actor))


def topic_for(session: Session, actor: Actor, topic_id: int, *, locked: bool = False) -> Topic:
    """Return one topic with its board and author; `locked` holds its row until the transaction ends.

    Raises:
        NotFoundError: no such topic that the actor may see.
    """
    query = _topic_seen_by(actor.audiences, guides=policies.may_guide(actor), locked=locked)
    topic = session.scalar(query, {"topic_id": topic_id, "viewer_id": actor.user_id})
    if topic is None:
        raise NotFoundError("topic")
    return topic


def successor_for(session: Session, actor: Actor, topic_id: int) -> Topic | None:
    """Return the topic into which one was merged, if the actor may see it; None if it was not merged."""
    merged_into_id = session.scalar(select(Topic.merged_into_id).where(Topic.id == topic_id))
    return None if merged_into_id is None else topic_for(session, actor, merged_into_id)


def posts_seen_by(actor: Actor) -> Select[Post]:
    """Select the posts that the actor, given as `viewer_id`, may see, with their topics and boards."""
    parent = aliased(Post)
    return (
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .outerjoin(parent, parent.id == Post.parent_id)
        .options(
            contains_eager(Post.topic).contains_eager(Topic.board),
            contains_eager(Post.parent.of_type(parent)),
            joinedload(Post.author),
        )
        .where(
            parent.removed_at.is_(None),
            visible_to(actor, Board.audience),
            stands_for(actor, Post),
            stands_for(actor, Topic),
        )
    )


def post_for(session: Session, actor: Actor, post_id: int) -> Post:
    """Return one post with its topic and board; the topic's row is held until the transaction ends.

    Raises:
        NotFoundError: no such post that the actor may see.
    """
    seen = posts_seen_by(actor).where(Post.id == post_id)
    post = session.scalar(seen.with_for_update(of=Topic), {"viewer_id": actor.user_id})
    if post is None:
        raise NotFoundError("post")
    stood_in = post.topic_id
    session.refresh(post, _OWN_COLUMNS)  # Others may have changed it while this waited for its topic.
    if post.topic_id != stood_in:
        session.expire(post)
        return post_for(session, actor, post_id)
    return post


def posts_of(session: Session, topic: Topic) -> Sequence[Post]:
    """Return every post of a topic that was read for the actor, in order, and then the comments on them."""
    return session.scalars(
        select(Post)
        .options(joinedload(Post.topic).joinedload(Topic.board), joinedload(Post.parent))
        .where(Post.topic_id == topic.id)
        .order_by(Post.position.nulls_last(), Post.id)
    ).all()


def topics_of_person_for(session: Session, actor: Actor, user_id: int, *, limit: int = 10) -> Sequence[Topic]:
    """Return a person's latest topics that the actor may see."""
    query = topics_seen_by(actor).where(Topic.author_id == user_id)
    return session.scalars(query.order_by(Topic.created_at.desc()).limit(limit)).all()


def comments_on(session: Session, posts: Sequence[Post]) -> Sequence[Post]:
    """Return every comment on posts that were read for the actor, the first said first."""
    return session.scalars(comments_under([post.id for post in posts])).all()


def comments_under(post_ids: Sequence[int]) -> Select[Post]:
    """Select every comment on some posts, with what is said of it, the first said first."""
    return (
        select(Post)
        .options(
            joinedload(Post.author), joinedload(Post.parent), joinedload(Post.topic).joinedload(Topic.board)
        )
        .where(Post.parent_id.in_(post_ids))
        .order_by(Post.id)
    )


def tags_of(session: Session, topic: Topic) -> Sequence[Tag]:
    """Return the tags of a topic that was read for the actor."""
    if not topic.tag_words:
        return ()
    query = select(Tag).join(TopicTag, TopicTag.tag_id == Tag.id).where(TopicTag.topic_id == topic.id)
    return session.scalars(query.order_by(Tag.slug)).all()
