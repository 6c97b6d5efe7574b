"""Writes to the community."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import Audience
from portal.accounts.sanctions import require_voice
from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION
from portal.core import outbox, revisions
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import CommentPosted, ReplyPosted, TopicPosted
from portal.forum import policies, queries, tags
from portal.forum.attachments.service import join_files
from portal.forum.findable import find_again
from portal.forum.last_word import note_last_word
from portal.forum.models import Board, IdeaStatus, Post, Topic, TopicKind
from portal.forum.rendering import rendered_post
from portal.forum.reputation.limits import require_few_links, require_pace
from portal.forum.screening import screen
from portal.notifications import service as notifications
from portal.web.slugs import slugify

RATINGS: Final = range(1, 6)
LONGEST_COMMENT: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What someone wrote: the title is empty in a reply; the rest is for reviews and use cases.

    `rating` is from 1 to 5; None but in a review. `about` names the thing at which a question came up.
    """

    title: str = ""
    body: str
    rating: int | None = None
    writer_role: str = ""
    usage: str = ""
    about: str = ""
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
        InvalidError: the actor is silenced, too fast or new and links too much, the title, the text or a
            review's rating is missing, a tag is unknown, or the text names too many files or cannot be
            rendered.
    """
    board = queries.board_for(session, actor, board_slug)
    moderates = queries.moderates(session, actor, board)
    is_named = queries.is_named(session, actor, board)
    if not policies.may_start(actor, board, is_named=is_named) or actor.user_id is None:
        raise ForbiddenError("post")
    require_voice(session, actor, now=now)
    require_pace(session, actor, moderates=moderates, now=now)
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
    notifications.take_part(session, user_id=actor.user_id, subject=f"topic:{topic.id}", now=now)
    opening = queries.posts_of(session, topic)[0]
    require_few_links(session, actor, opening, moderates=moderates)
    join_files(session, actor=actor, post=opening)
    if not screen(session, opening, is_trusted=moderates, holds_first=holds_first, now=now):
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
        InvalidError: the actor is silenced, too fast or new and links too much, or the text is empty or
            cannot be rendered.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_reply(actor, topic, moderates=moderates) or actor.user_id is None:
        raise ForbiddenError("reply")
    require_voice(session, actor, now=now)
    require_pace(session, actor, moderates=moderates, now=now)
    require_text(draft)
    active_at = topic.active_at
    post = write_post(
        session, topic=topic, author_id=actor.user_id, account_id=actor.account_id, draft=draft, at=now
    )
    require_few_links(session, actor, post, moderates=moderates)
    join_files(session, actor=actor, post=post)
    revisions.bump(session, "forum")
    notifications.take_part(session, user_id=actor.user_id, subject=f"topic:{topic.id}", now=now)
    if not screen(session, post, is_trusted=moderates, holds_first=holds_first, now=now):
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
        about=draft.about,
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


@dataclass(frozen=True, kw_only=True)
class Text:
    """What one post says, who said it and when; `source_key` is None for what was written here."""

    author_id: int
    account_id: int | None
    body: str
    at: datetime
    source_key: str | None = None


def write_post(
    session: Session, *, topic: Topic, author_id: int, account_id: int | None, draft: Draft, at: datetime
) -> Post:
    """Store a post at the end of a topic, and make it findable; records no event.

    Raises:
        InvalidError: the text cannot be rendered.
    """
    text = Text(author_id=author_id, account_id=account_id, body=draft.body, at=at)
    return write_posts(session, topic=topic, texts=[text])[0]


def write_posts(session: Session, *, topic: Topic, texts: Sequence[Text]) -> Sequence[Post]:
    """Store posts at the end of a topic, and make them findable; records no event.

    Raises:
        InvalidError: a text cannot be rendered.
    """
    posts = [_placed(topic, text) for text in texts]
    _store(session, posts)
    return posts


def _placed(topic: Topic, text: Text) -> Post:
    topic.last_position += 1
    topic.answer_count += 1
    topic.active_at = max(topic.active_at, text.at)
    return Post(
        topic=topic,
        position=topic.last_position,
        author_id=text.author_id,
        account_id=text.account_id,
        body=text.body,
        created_at=text.at,
        source_key=text.source_key,
    )


def comment(
    session: Session, *, actor: Actor, post_id: int, body: str, holds_first: bool = False, now: datetime
) -> Post:
    """Say something about a post, below it; about a comment, below the same post.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the actor may not reply in the topic.
        InvalidError: the actor is silenced, too fast or new and links too much, the text is empty, too long
            for a comment, or cannot be rendered.
    """
    about = queries.post_for(session, actor, post_id)
    topic = about.topic
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_reply(actor, topic, moderates=moderates) or actor.user_id is None:
        raise ForbiddenError("comment")
    require_voice(session, actor, now=now)
    require_pace(session, actor, moderates=moderates, now=now)
    require_text(Draft(body=body))
    if len(body) > LONGEST_COMMENT:
        raise InvalidError(
            N_("A comment has at most %(most)s characters. Write a reply instead."),
            field="body",
            most=LONGEST_COMMENT,
        )
    text = Text(author_id=actor.user_id, account_id=actor.account_id, body=body, at=now)
    post = write_comment(session, about=about.parent or about, text=text)
    require_few_links(session, actor, post, moderates=moderates)
    join_files(session, actor=actor, post=post)
    revisions.bump(session, "forum")
    if not screen(session, post, is_trusted=moderates, holds_first=holds_first, now=now):
        outbox.record(session, CommentPosted(post_id=post.id))
    return post


def write_comment(session: Session, *, about: Post, text: Text) -> Post:
    """Store a comment on a post of a topic, and make it findable; records no event.

    Raises:
        InvalidError: the text cannot be rendered.
    """
    post = Post(
        topic=about.topic,
        parent=about,
        parent_id=about.id,
        author_id=text.author_id,
        account_id=text.account_id,
        body=text.body,
        body_html="",
        body_text="",
        renderer_version=RENDERER_VERSION,
        language=about.topic.language,
        created_at=text.at,
        source_key=text.source_key,
    )
    session.add(post)
    session.flush()
    _store(session, [post])
    return post


def _store(session: Session, posts: Sequence[Post]) -> None:
    """Render new posts, store them, and make them findable."""
    for post in posts:
        rendered = rendered_post(post)
        post.body_html, post.body_text = rendered.html, rendered.text
        post.language, post.renderer_version = language_of(post.body), RENDERER_VERSION
        post.topic.revision += 1
    session.add_all(posts)
    session.flush()
    for topic in {post.topic for post in posts if not post.is_opening}:
        note_last_word(session, topic)
    for post in posts:
        find_again(session, [post], now=post.created_at)
