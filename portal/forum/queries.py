"""Reads of the community; each returns only what the actor may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.accounts.audience import seen_by, visible_to
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page
from portal.forum.models import Board, Post, PostFlag, PostVote, Topic, TopicKind
from portal.search.places import Place
from portal.web.numbers import LARGEST_ROW

TOPICS_A_PAGE: Final = 25
POSTS_A_PAGE: Final = 25


@dataclass(frozen=True, kw_only=True)
class TopicPage:
    """One page of a topic: its own post and the accepted answer (page 1 only), and the replies in order."""

    topic: Topic
    opening: Post
    accepted: Post | None
    replies: Sequence[Post]
    number: int
    pages: int
    voted_post_ids: frozenset[int]


def page_of(position: int) -> int:
    """Return the number of the page on which the post at a position stands."""
    return 1 + max(0, position - 2) // POSTS_A_PAGE


def last_place_on(page: int) -> int:
    """Return the position of the last post that a page can show."""
    return min(1 + max(page, 0) * POSTS_A_PAGE, LARGEST_ROW)


def boards_for(session: Session, actor: Actor) -> Sequence[Board]:
    """Return the boards that the actor may see, in order."""
    return session.scalars(
        select(Board).where(visible_to(actor, Board.audience)).order_by(Board.position, Board.id)
    ).all()


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


def topic_counts_for(session: Session, actor: Actor) -> dict[int, int]:
    """Return how many topics each visible board has, by board id."""
    query = (
        select(Topic.board_id, func.count())
        .join(Topic.board)
        .where(visible_to(actor, Board.audience))
        .group_by(Topic.board_id)
    )
    return dict(session.execute(query).all())


def _topics(actor: Actor) -> Select[Topic]:
    return _topics_seen_by(actor.audiences)


@lru_cache(maxsize=1000)
def _topics_seen_by(audiences: frozenset[str] | None) -> Select[Topic]:
    return (
        select(Topic)
        .join(Topic.board)
        .options(contains_eager(Topic.board), joinedload(Topic.author))
        .where(seen_by(audiences, Board.audience))
    )


@lru_cache(maxsize=1000)
def _topic_seen_by(audiences: frozenset[str] | None, *, locked: bool) -> Select[Topic]:
    """Select `topic_id`; kept, since making it costs more than asking it."""
    query = _topics_seen_by(audiences).where(Topic.id == bindparam("topic_id"))
    return query.with_for_update(of=Topic) if locked else query


def topic_for(session: Session, actor: Actor, topic_id: int, *, locked: bool = False) -> Topic:
    """Return one topic with its board and author; `locked` holds its row until the transaction ends.

    Raises:
        NotFoundError: no such topic that the actor may see.
    """
    topic = session.scalar(_topic_seen_by(actor.audiences, locked=locked), {"topic_id": topic_id})
    if topic is None:
        raise NotFoundError("topic")
    return topic


def topics_for(
    session: Session,
    actor: Actor,
    *,
    board: Board | None = None,
    queue: str = "all",
    after: Cursor | None = None,
    size: int = TOPICS_A_PAGE,
) -> Page[Topic]:
    """Return topics, the most recently active first.

    `queue` is `all`, `unanswered` (no reply), `unsolved` (no accepted answer), `solved` or `mine`.
    """
    query = _topics(actor)
    if board is not None:
        query = query.where(Topic.board_id == board.id)
    if queue in QUEUES:
        query = query.where(*QUEUES[queue](actor))
    if after is not None:
        query = query.where(after.after(Topic.active_at, Topic.id))
    rows = session.scalars(query.order_by(Topic.active_at.desc(), Topic.id.desc()).limit(size + 1)).all()
    return Page.cut(rows, size, lambda topic: Cursor(at=topic.active_at, id=topic.id))


QUEUES: Final[dict[str, Any]] = {
    "unanswered": lambda _actor: (Topic.kind == TopicKind.QUESTION, Topic.answer_count == 0),
    "unsolved": lambda _actor: (Topic.kind == TopicKind.QUESTION, Topic.accepted_post_id.is_(None)),
    "solved": lambda _actor: (Topic.accepted_post_id.is_not(None),),
    "mine": lambda actor: (Topic.author_id == (actor.user_id or 0),),
}


def topic_page_for(session: Session, actor: Actor, topic_id: int, *, number: int = 1) -> TopicPage:
    """Return one page of a topic in a fixed number of statements, whatever its length.

    Raises:
        NotFoundError: no such topic or page that the actor may see.
    """
    return page_for(session, actor, topic_for(session, actor, topic_id), number=number)


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
        .options(joinedload(Post.author))
        .where(Post.topic_id == topic.id, wanted)
        .order_by(Post.position)
    ).all()
    accepted = next((post for post in posts if post.id == topic.accepted_post_id and number == 1), None)
    return TopicPage(
        topic=topic,
        opening=posts[0],
        accepted=accepted,
        replies=[post for post in posts[1:] if post is not accepted],
        number=number,
        pages=pages,
        voted_post_ids=_voted(session, actor, posts),
    )


def _voted(session: Session, actor: Actor, posts: Sequence[Post]) -> frozenset[int]:
    if not actor.is_signed_in:
        return frozenset()
    ids = [post.id for post in posts]
    return frozenset(
        session.scalars(
            select(PostVote.post_id).where(PostVote.user_id == actor.user_id, PostVote.post_id.in_(ids))
        )
    )


def post_for(session: Session, actor: Actor, post_id: int) -> Post:
    """Return one post with its topic and board; the topic's row is held until the transaction ends.

    Raises:
        NotFoundError: no such post that the actor may see.
    """
    post = session.scalar(
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .options(contains_eager(Post.topic).contains_eager(Topic.board), joinedload(Post.author))
        .where(Post.id == post_id, visible_to(actor, Board.audience))
        .with_for_update(of=Topic)
    )
    if post is None:
        raise NotFoundError("post")
    return post


def open_flags_for(session: Session, actor: Actor) -> Sequence[PostFlag]:
    """Return the flags that wait for a moderator, oldest first; nothing for anyone but staff."""
    if not actor.is_staff:
        return []
    return session.scalars(
        select(PostFlag)
        .options(
            joinedload(PostFlag.post).joinedload(Post.topic),
            joinedload(PostFlag.post).joinedload(Post.author),
            joinedload(PostFlag.user),
        )
        .where(PostFlag.resolved_at.is_(None))
        .order_by(PostFlag.id)
    ).all()


def flag_for(session: Session, actor: Actor, flag_id: int) -> PostFlag:
    """Return one flag, for staff.

    Raises:
        NotFoundError: no such flag that the actor may see.
    """
    flag = session.get(PostFlag, flag_id) if actor.is_staff else None
    if flag is None:
        raise NotFoundError("flag")
    return flag


def topics_of_person_for(session: Session, actor: Actor, user_id: int, *, limit: int = 10) -> Sequence[Topic]:
    """Return a person's latest topics that the actor may see."""
    query = _topics(actor).where(Topic.author_id == user_id)
    return session.scalars(query.order_by(Topic.created_at.desc()).limit(limit)).all()
