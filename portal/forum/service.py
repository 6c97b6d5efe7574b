"""Writes to the community."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import Audience
from portal.accounts.sanctions import require_voice
from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION
from portal.core import outbox, revisions
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import AnswerAccepted, PostVoted, ReplyPosted, TopicPosted
from portal.forum import policies, queries, tags
from portal.forum.findable import find_again
from portal.forum.models import Board, IdeaStatus, Post, PostVote, Topic, TopicKind
from portal.forum.rendering import rendered_post
from portal.forum.screening import screen
from portal.search import service as search
from portal.web.slugs import slugify

RATINGS: Final = range(1, 6)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What someone wrote: the title is empty in a reply; the rest is for reviews and use cases.

    `rating` is from 1 to 5; None but in a review.
    """

    title: str = ""
    body: str
    rating: int | None = None
    writer_role: str = ""
    usage: str = ""
    tags: tuple[str, ...] = ()


def add_board(
    session: Session,
    *,
    slug: str,
    names: dict[str, str],
    descriptions: dict[str, str],
    audience: Audience,
    position: int,
) -> Board:
    """Add a board."""
    board = Board(slug=slug, names=names, descriptions=descriptions, audience=audience, position=position)
    session.add(board)
    session.flush()
    return board


def post_topic(
    session: Session,
    *,
    actor: Actor,
    board_slug: str,
    kind: TopicKind,
    draft: Draft,
    holds_first: bool = False,
    now: datetime,
) -> Topic:
    """Start a question or discussion; what looks like spam waits, unseen and untold, for a moderator.

    `holds_first` lets whatever a person writes first wait too.

    Raises:
        NotFoundError: no such board that the actor may see.
        ForbiddenError: the actor may not post.
        InvalidError: the actor is silenced, the title, the text or a review's rating is missing, a tag is
            unknown, or the text cannot be rendered.
    """
    board = queries.board_for(session, actor, board_slug)
    moderates = queries.moderates(session, actor, board)
    if not policies.may_start(actor, board, moderates=moderates) or actor.user_id is None:
        raise ForbiddenError("post")
    require_voice(session, actor, now=now)
    require_title(draft)
    require_text(draft)
    if kind is TopicKind.REVIEW and draft.rating not in RATINGS:
        raise InvalidError(N_("Choose from one to five stars."), field="rating")
    topic = write_topic(
        session,
        board=board,
        author_id=actor.user_id,
        account_id=actor.account_id,
        kind=kind,
        draft=draft,
        at=now,
    )
    revisions.bump(session, "forum")
    opening = queries.posts_of(session, topic)[0]
    if moderates or not screen(session, opening, holds_first=holds_first, now=now):
        outbox.record(session, TopicPosted(topic_id=topic.id))
    return topic


def reply(
    session: Session,
    *,
    actor: Actor,
    topic_id: int,
    draft: Draft,
    holds_first: bool = False,
    now: datetime,
) -> Post:
    """Answer a question, or take part in a discussion; see `post_topic` for what waits for a moderator.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor may not post.
        InvalidError: the actor is silenced, or the text is empty or cannot be rendered.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_reply(actor, topic, moderates=moderates) or actor.user_id is None:
        raise ForbiddenError("reply")
    require_voice(session, actor, now=now)
    require_text(draft)
    active_at = topic.active_at
    post = write_post(
        session, topic=topic, author_id=actor.user_id, account_id=actor.account_id, draft=draft, at=now
    )
    revisions.bump(session, "forum")
    if moderates or not screen(session, post, holds_first=holds_first, now=now):
        outbox.record(session, ReplyPosted(post_id=post.id))
    else:
        topic.active_at = active_at
    return post


def require_title(draft: Draft) -> None:
    """Refuse a draft without a title.

    Raises:
        InvalidError: it has none.
    """
    if not draft.title.strip():
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")


def require_text(draft: Draft) -> None:
    """Refuse a draft that says nothing.

    Raises:
        InvalidError: it has no text.
    """
    if not draft.body.strip():
        raise InvalidError(N_("Write something first."), field="body")


def accept_answer(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Choose the solution of a question; choosing it again changes nothing.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator.
        ConflictError: the post is no answer to a question.
    """
    answer = queries.post_for(session, actor, post_id)
    topic = answer.topic
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_accept(actor, topic, moderates=moderates):
        raise ForbiddenError("accept answer")
    if settle(session, topic=topic, answer=answer, at=now):
        revisions.bump(session, "forum")
        event = AnswerAccepted(
            topic_id=topic.id, post_id=answer.id, accepted_by_id=actor.user_id, at=now.isoformat()
        )
        outbox.record(session, event)
    return answer


def settle(session: Session, *, topic: Topic, answer: Post, at: datetime) -> bool:
    """Make an answer the solution, and findable as one; False if it already is. Records no event.

    Raises:
        ConflictError: the post is no answer to this question.
    """
    changed = topic.accept(answer, at=at)
    if changed:
        search.mark_solved(session, group=f"topic:{topic.id}", is_solved=True, now=at)
    return changed


def withdraw_acceptance(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Open a question again; nothing changes if the post is not its solution.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor a moderator.
    """
    answer = queries.post_for(session, actor, post_id)
    topic = answer.topic
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_accept(actor, topic, moderates=moderates):
        raise ForbiddenError("withdraw acceptance")
    if topic.accepted_post_id == answer.id and topic.withdraw_acceptance():
        revisions.bump(session, "forum")
        search.mark_solved(session, group=f"topic:{topic.id}", is_solved=False, now=now)
    return answer


def vote(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Say that a post is useful; saying it again changes nothing.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor is a visitor or the author.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_vote(actor, post) or actor.user_id is None:
        raise ForbiddenError("vote")
    if insert_new(session, PostVote, [{"post_id": post.id, "user_id": actor.user_id, "voted_at": now}]):
        post.topic.revision += 1
        _count(post, 1)
        event = PostVoted(post_id=post.id, voter_id=actor.user_id, voter_account_id=actor.account_id)
        outbox.record(session, event)
    return post


def withdraw_vote(session: Session, *, actor: Actor, post_id: int) -> Post:
    """Take a vote back; nothing changes if there is none.

    Raises:
        NotFoundError: no such post that the actor may see.
    """
    post = queries.post_for(session, actor, post_id)
    mine = delete(PostVote).where(PostVote.post_id == post.id, PostVote.user_id == actor.user_id)
    if session.execute(mine.returning(PostVote.id)).first():
        post.topic.revision += 1
        _count(post, -1)
    return post


def _count(post: Post, change: int) -> None:
    """Let the database count, as others vote at the same time; a topic counts the votes for its own text."""
    post.vote_count = Post.vote_count + change
    if post.is_opening:
        post.topic.vote_count = Topic.vote_count + change


def write_topic(
    session: Session,
    *,
    board: Board,
    author_id: int,
    account_id: int | None,
    kind: TopicKind,
    draft: Draft,
    at: datetime,
    source_key: str | None = None,
) -> Topic:
    """Store a topic with its first post, and make both findable; records no event.

    Raises:
        InvalidError: a tag is unknown, or the text cannot be rendered.
    """
    title = " ".join(draft.title.split())
    topic = Topic(
        board=board,
        kind=kind,
        title=title[:300],
        slug=slugify(title),
        language=language_of(f"{title} {draft.body}"),
        rating=draft.rating if kind is TopicKind.REVIEW else None,
        writer_role=draft.writer_role,
        usage=draft.usage,
        idea_status=IdeaStatus.NEW if kind is TopicKind.IDEA else None,
        author_id=author_id,
        account_id=account_id,
        created_at=at,
        active_at=at,
        last_position=0,
        answer_count=-1,
        revision=0,
        source_key=source_key,
    )
    session.add(topic)
    session.flush()
    if draft.tags:
        tags.gather(session, topic, tags.tags_named(session, draft.tags))
    write_post(session, topic=topic, author_id=author_id, account_id=account_id, draft=draft, at=at)
    return topic


def write_post(
    session: Session,
    *,
    topic: Topic,
    author_id: int,
    account_id: int | None,
    draft: Draft,
    at: datetime,
    source_key: str | None = None,
) -> Post:
    """Store a post at the end of a topic, and make it findable; records no event.

    Raises:
        InvalidError: the text cannot be rendered.
    """
    topic.last_position += 1
    rendered = rendered_post(draft.body, topic.last_position)
    topic.answer_count += 1
    topic.revision += 1
    topic.active_at = max(topic.active_at, at)
    post = Post(
        topic=topic,
        position=topic.last_position,
        author_id=author_id,
        account_id=account_id,
        language=language_of(draft.body),
        body=draft.body,
        body_html=rendered.html,
        body_text=rendered.text,
        renderer_version=RENDERER_VERSION,
        created_at=at,
        source_key=source_key,
    )
    session.add(post)
    session.flush()
    find_again(session, [post], now=at)
    return post
