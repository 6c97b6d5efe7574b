"""Writes to the community."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import Audience
from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION
from portal.core import outbox, revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import AnswerAccepted, PostFlagged, PostVoted, ReplyPosted, TopicPosted
from portal.forum import policies, queries
from portal.forum.models import Board, Post, PostFlag, PostVote, Topic, TopicKind
from portal.forum.paths import path_of_post, path_of_topic
from portal.forum.rendering import rendered_post, search_key_of
from portal.notifications import service as notifications
from portal.search import service as search
from portal.search.models import DocumentKind
from portal.web.slugs import slugify


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What someone wrote: the title is empty in a reply."""

    title: str = ""
    body: str


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
    session: Session, *, actor: Actor, board_slug: str, kind: TopicKind, draft: Draft, now: datetime
) -> Topic:
    """Start a question or discussion.

    Raises:
        NotFoundError: no such board that the actor may see.
        ForbiddenError: the actor may not post.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    board = queries.board_for(session, actor, board_slug)
    if not policies.may_post(actor) or actor.user_id is None:
        raise ForbiddenError("post")
    if not draft.title.strip():
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")
    _require_text(draft)
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
    notifications.take_part(session, user_id=actor.user_id, subject=f"topic:{topic.id}", now=now)
    outbox.record(session, TopicPosted(topic_id=topic.id))
    return topic


def reply(session: Session, *, actor: Actor, topic_id: int, draft: Draft, now: datetime) -> Post:
    """Answer a question, or take part in a discussion.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor may not post.
        InvalidError: the text is empty or cannot be rendered.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    if not policies.may_post(actor) or actor.user_id is None:
        raise ForbiddenError("reply")
    _require_text(draft)
    post = write_post(
        session, topic=topic, author_id=actor.user_id, account_id=actor.account_id, draft=draft, at=now
    )
    revisions.bump(session, "forum")
    notifications.take_part(session, user_id=actor.user_id, subject=f"topic:{topic.id}", now=now)
    outbox.record(session, ReplyPosted(post_id=post.id))
    return post


def _require_text(draft: Draft) -> None:
    if not draft.body.strip():
        raise InvalidError(N_("Write something first."), field="body")


def accept_answer(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Choose the solution of a question; choosing it again changes nothing.

    Raises:
        NotFoundError: no such answer that the actor may see.
        ForbiddenError: the actor is neither the asker nor staff.
        ConflictError: the post is no answer to a question.
    """
    answer = queries.post_for(session, actor, post_id)
    topic = answer.topic
    if not policies.may_accept(actor, topic):
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
        ForbiddenError: the actor is neither the asker nor staff.
    """
    answer = queries.post_for(session, actor, post_id)
    topic = answer.topic
    if not policies.may_accept(actor, topic):
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
        post.vote_count = Post.vote_count + 1  # Counted by the database: others vote at the same time.
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
        post.vote_count = Post.vote_count - 1
    return post


def flag(session: Session, *, actor: Actor, post_id: int, reason: str, comment: str, now: datetime) -> Post:
    """Ask a moderator to look at a post; once a person.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor is a visitor.
        ConflictError: the actor has flagged it already.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_post(actor) or actor.user_id is None:
        raise ForbiddenError("flag")
    row = {
        "post_id": post.id,
        "user_id": actor.user_id,
        "reason": reason,
        "comment": comment,
        "flagged_at": now,
    }
    new = insert_new(session, PostFlag, [row])
    if not new:
        raise ConflictError(N_("You have flagged this post already; a moderator will look at it."))
    outbox.record(session, PostFlagged(flag_id=new[0]))
    return post


def resolve_flag(session: Session, *, actor: Actor, flag_id: int, now: datetime) -> None:
    """Say that a flag has been looked at.

    Raises:
        NotFoundError: no such flag that the actor may see.
    """
    found = queries.flag_for(session, actor, flag_id)
    found.resolved_at, found.resolved_by_id = now, actor.user_id


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
        InvalidError: the text cannot be rendered.
    """
    title = " ".join(draft.title.split())
    topic = Topic(
        board=board,
        kind=kind,
        title=title[:300],
        slug=slugify(title),
        language=language_of(f"{title} {draft.body}"),
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
        author_id=author_id,
        section=topic.board.place,
        is_solved=topic.is_solved,
        now=at,
    )
    return post
