"""Reads of the community; each returns only what the actor may see."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.accounts.audience import seen_by, visible_to
from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page
from portal.forum import policies
from portal.forum.models import Board, BoardModerator, Post, PostVote, Tag, Topic, TopicKind, TopicTag
from portal.search.places import Place
from portal.web.numbers import LARGEST_ROW

TOPICS_A_PAGE: Final = 25
POSTS_A_PAGE: Final = 25
_OWN_COLUMNS: Final = [column.key for column in Post.__table__.columns]


@dataclass(frozen=True, kw_only=True)
class TopicPage:
    """One page of a topic: its own post and the accepted answer (page 1 only), and the replies in order.

    `comments` are those on the posts of the page, by the post's id, the first said first.
    `original` is where the same was asked before; None if nowhere, or where the reader sees nothing.
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
    voted_post_ids: frozenset[int]
    moderates: bool


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


def boards_to_post_on_for(session: Session, actor: Actor) -> Sequence[Board]:
    """Return the boards on which the actor may start topics, in order."""
    kept = session.scalars(select(BoardModerator.board_id).where(BoardModerator.user_id == actor.user_id))
    mine = frozenset(kept)
    return [
        board
        for board in boards_for(session, actor)
        if policies.may_start(actor, board, moderates=actor.is_staff or board.id in mine)
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
    """Tell whether the actor keeps a board in order: staff do everywhere."""
    if actor.is_staff or not actor.is_signed_in:
        return actor.is_staff
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
def _topic_seen_by(audiences: frozenset[str] | None, *, locked: bool) -> Select[Topic]:
    """Select `topic_id` for `viewer_id`; kept, since making it costs more than asking it."""
    query = _topics_on_boards_of(audiences).where(
        Topic.id == bindparam("topic_id"), _stands_for_viewer(audiences, Topic)
    )
    return query.with_for_update(of=Topic) if locked else query


def _stands_for_viewer(
    audiences: frozenset[str] | None, table: type[Topic] | type[Post]
) -> ColumnElement[bool]:
    """Leave out what was removed, but not for its author and moderators, who may put it back."""
    if audiences is None:
        return true()
    viewer_id: BindParameter[int | None] = bindparam("viewer_id")
    named = select(BoardModerator.user_id).where(
        BoardModerator.board_id == Topic.board_id, BoardModerator.user_id == viewer_id
    )
    return or_(table.removed_at.is_(None), table.author_id == viewer_id, named.exists())


def topic_for(session: Session, actor: Actor, topic_id: int, *, locked: bool = False) -> Topic:
    """Return one topic with its board and author; `locked` holds its row until the transaction ends.

    Raises:
        NotFoundError: no such topic that the actor may see.
    """
    query = _topic_seen_by(actor.audiences, locked=locked)
    topic = session.scalar(query, {"topic_id": topic_id, "viewer_id": actor.user_id})
    if topic is None:
        raise NotFoundError("topic")
    return topic


def successor_for(session: Session, actor: Actor, topic_id: int) -> Topic | None:
    """Return the topic into which one was merged, if the actor may see it; None if it was not merged."""
    merged_into_id = session.scalar(select(Topic.merged_into_id).where(Topic.id == topic_id))
    return None if merged_into_id is None else topic_for(session, actor, merged_into_id)


def topics_for(
    session: Session,
    actor: Actor,
    *,
    board: Board | None = None,
    tag: Tag | None = None,
    queue: str = "all",
    after: Cursor | None = None,
    size: int = TOPICS_A_PAGE,
) -> Page[Topic]:
    """Return topics, the most recently active first; what is pinned on a board is left out of all its topics.

    `queue` is `all`, `unanswered` (no reply), `unsolved` (no accepted answer), `solved` or `mine`.
    """
    query = topics_seen_by(actor)
    if board is not None:
        query = query.where(Topic.board_id == board.id)
        if queue == "all":
            query = query.where(Topic.pinned_at.is_(None))
    if tag is not None:
        query = query.join(TopicTag, TopicTag.topic_id == Topic.id).where(TopicTag.tag_id == tag.id)
    if queue in QUEUES:
        query = query.where(*QUEUES[queue](actor))
    if after is not None:
        query = query.where(after.after(Topic.active_at, Topic.id))
    rows = session.scalars(query.order_by(Topic.active_at.desc(), Topic.id.desc()).limit(size + 1)).all()
    return Page.cut(rows, size, lambda topic: Cursor(at=topic.active_at, id=topic.id))


def pinned_topics_for(session: Session, actor: Actor, board: Board) -> Sequence[Topic]:
    """Return the topics that stand first on a board, the last pinned before the others."""
    query = topics_seen_by(actor).where(Topic.board_id == board.id, Topic.pinned_at.is_not(None))
    return session.scalars(query.order_by(Topic.pinned_at.desc())).all()


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
        .join(Post.topic)
        .options(joinedload(Post.author))
        .where(Post.topic_id == topic.id, wanted, _stands_for_viewer(actor.audiences, Post))
        .order_by(Post.position),
        {"viewer_id": actor.user_id},
    ).all()
    accepted = next((post for post in posts if post.id == topic.accepted_post_id and number == 1), None)
    return TopicPage(
        topic=topic,
        opening=posts[0],
        accepted=accepted,
        replies=[post for post in posts[1:] if post is not accepted],
        number=number,
        pages=pages,
        tags=tags_of(session, topic),
        comments=_comments(session, actor, posts),
        original=_original(session, actor, topic),
        voted_post_ids=_voted(session, actor, posts),
        moderates=moderates(session, actor, topic.board),
    )


def _comments(session: Session, actor: Actor, posts: Sequence[Post]) -> Mapping[int, Sequence[Post]]:
    found: defaultdict[int, list[Post]] = defaultdict(list)
    query = _comments_on([post.id for post in posts]).join(Post.topic)
    seen = query.where(_stands_for_viewer(actor.audiences, Post))
    for post in session.scalars(seen, {"viewer_id": actor.user_id}):
        found[post.parent_id or 0].append(post)
    return found


def comments_on(session: Session, posts: Sequence[Post]) -> Sequence[Post]:
    """Return every comment on posts that were read for the actor, the first said first."""
    return session.scalars(_comments_on([post.id for post in posts])).all()


def _comments_on(post_ids: Sequence[int]) -> Select[Post]:
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


def _original(session: Session, actor: Actor, topic: Topic) -> Topic | None:
    """Return the topic in which the same was asked before; None if there is none that the actor may see."""
    if topic.duplicate_of_id is None:
        return None
    try:
        return topic_for(session, actor, topic.duplicate_of_id)
    except NotFoundError:
        return None


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
    parent = aliased(Post)
    post = session.scalar(
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .outerjoin(parent, parent.id == Post.parent_id)
        .options(
            contains_eager(Post.topic).contains_eager(Topic.board),
            joinedload(Post.author),
            contains_eager(Post.parent.of_type(parent)),
        )
        .where(
            Post.id == post_id,
            parent.removed_at.is_(None),
            visible_to(actor, Board.audience),
            _stands_for_viewer(actor.audiences, Post),
            _stands_for_viewer(actor.audiences, Topic),
        )
        .with_for_update(of=Topic),
        {"viewer_id": actor.user_id},
    )
    if post is None:
        raise NotFoundError("post")
    session.refresh(post, _OWN_COLUMNS)  # Others may have changed it while this waited for its topic.
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
