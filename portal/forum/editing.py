"""Later thoughts about a post: another text, taking it back, putting it there again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.accounts.sanctions import require_voice
from portal.content.comparison import Differences, compare
from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION
from portal.core import outbox, revisions
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.events import PostRemoved
from portal.forum import policies, queries
from portal.forum.attachments.service import join_files
from portal.forum.findable import find_again
from portal.forum.models import Post, PostRevision
from portal.forum.rendering import rendered_post
from portal.forum.reputation.limits import require_few_links
from portal.forum.reputation.service import note_outcome
from portal.forum.screening import screen
from portal.forum.service import Draft, require_text, require_title
from portal.forum.standing import put_back, take_away
from portal.forum.trail import note_act
from portal.web.slugs import slugify


class StaleEditError(ConflictError):
    """Someone else changed the post while the actor wrote."""


def edit_post(
    session: Session, *, actor: Actor, post_id: int, draft: Draft, edition: int, now: datetime
) -> Post:
    """Change a post, and with the first one its topic's title; what it said before is kept.

    `edition` is the one that the actor changed. The same text again changes nothing; one that looks like
    spam waits for a moderator.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the post is not the actor's to change.
        InvalidError: the actor is silenced, or new and links too much, the title or the text is empty, or the
            text cannot be rendered.
        StaleEditError: there is a newer edition by now.
    """
    post = queries.post_for(session, actor, post_id)
    moderates = queries.moderates(session, actor, post.topic.board)
    if not policies.may_edit(actor, post, moderates=moderates):
        raise ForbiddenError("edit post")
    require_voice(session, actor, now=now)
    topic = post.topic
    if post.is_opening:
        require_title(draft)
    require_text(draft)
    title = " ".join(draft.title.split())[:300] if post.is_opening else topic.title
    if (title, draft.body) == (topic.title, post.body):
        return post
    if post.edition != edition:
        raise StaleEditError(N_("Someone else changed this post while you were writing."))
    former = PostRevision.of(post)
    post.body = draft.body
    rendered = rendered_post(post)
    session.add(former)
    topic.title, topic.slug = title, slugify(title)
    topic.revision += 1
    post.body_html, post.body_text = rendered.html, rendered.text
    require_few_links(session, actor, post, moderates=moderates)
    post.language, post.renderer_version = language_of(draft.body), RENDERER_VERSION
    note_outcome(session, [post])
    post.edition += 1
    post.edited_at, post.edited_by_id = now, actor.user_id
    if post.is_opening:
        topic.language = language_of(f"{title} {draft.body}")
    join_files(session, actor=actor, post=post, before=former.body)
    find_again(session, [post], now=now)
    _note(session, actor, "edited", post, now=now)
    revisions.bump(session, "forum")
    screen(session, post, is_trusted=moderates, holds_first=False, now=now)
    return post


def remove_post(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Take a post away from readers, and with the first one its topic; what is gone already stays so.

    A question whose solution is taken away is open again.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: the post is not the actor's to remove, or others have replied to the topic.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_remove(actor, post, moderates=queries.moderates(session, actor, post.topic.board)):
        raise ForbiddenError("remove post")
    if post.is_removed:
        return post
    take_away(session, post, by_id=actor.user_id, now=now)
    _note(session, actor, "removed", post, now=now)
    if post.author_id != actor.user_id:
        outbox.record(session, PostRemoved(post_id=post.id, at=now.isoformat()))
    return post


def restore_post(session: Session, *, actor: Actor, post_id: int, now: datetime) -> Post:
    """Show readers a post again that was removed, and with the first one its topic.

    Raises:
        NotFoundError: no such post that the actor may see.
        ForbiddenError: someone else removed it, and the actor is no moderator.
    """
    post = queries.post_for(session, actor, post_id)
    if not policies.may_restore(actor, post, moderates=queries.moderates(session, actor, post.topic.board)):
        raise ForbiddenError("restore post")
    if not post.is_removed:
        return post
    put_back(session, post, now=now)
    _note(session, actor, "restored", post, now=now)
    return post


def _note(session: Session, actor: Actor, kind: str, post: Post, *, now: datetime) -> None:
    """Keep in the trail what moderators do to what others wrote."""
    if post.author_id != actor.user_id:
        note_act(session, actor, kind, post.topic, now=now, post=post)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of a post: who made it and when, and how the text differs from the one before."""

    author: User
    at: datetime
    differences: Differences


def changes_for(session: Session, actor: Actor, post: Post) -> Sequence[Change]:
    """Return how a post that was read for the actor came to say what it says, the newest change first.

    Raises:
        ForbiddenError: what the post said before is not for the actor.
    """
    moderates = queries.moderates(session, actor, post.topic.board)
    if not policies.may_see_history(actor, post, moderates=moderates):
        raise ForbiddenError("see history")
    before = session.scalars(
        select(PostRevision).where(PostRevision.post_id == post.id).order_by(PostRevision.edition)
    ).all()
    people = {row.author_id for row in before} | {post.edited_by_id}
    authors = {user.id: user for user in session.scalars(select(User).where(User.id.in_(people)))}
    changes = [
        Change(author=authors[new.author_id], at=new.saved_at, differences=text_differences(old, new))
        for old, new in pairwise([*before, PostRevision.of(post)])
    ]
    return changes[::-1]


def text_differences(old: PostRevision | Draft, new: PostRevision | Draft) -> Differences:
    """Return what differs, under `title` and `body`; a part that says the same is left out."""
    found = {"title": compare(old.title, new.title), "body": compare(old.body, new.body)}
    return {name: rows for name, rows in found.items() if rows}
