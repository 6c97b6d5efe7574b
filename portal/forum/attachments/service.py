"""Writes of the files of posts: joined to the posts that name them, cleared when no text does."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.orm import insert_new
from portal.files.attachments.homes import Home
from portal.files.attachments.models import Attachment
from portal.files.attachments.queries import files_to_name_for
from portal.files.attachments.rules import tokens_in
from portal.files.attachments.service import require_few_files
from portal.forum.attachments.models import PostAttachment
from portal.forum.attachments.queries import POSTS
from portal.forum.drafts.models import PostDraft
from portal.forum.models import Post

UNPOSTED_FOR: Final = timedelta(days=3)
"""Source: a judgement; a text that is begun on Friday and kept in no draft can still be posted on Monday."""

CLEARED_AT_ONCE: Final = 500


def join_files(session: Session, *, actor: Actor, post: Post, before: str = "") -> None:
    """Let those who see a post see the files that it names; `before` is what the post said until now.

    A file that was not named before is joined only if the actor may see it: nobody reveals by an address what
    they could not read. What is named no longer stays with the post's history.

    Raises:
        InvalidError: the post names more than ten files.
    """
    named, known = tokens_in(post.body), tokens_in(before)
    require_few_files(post.body)
    if before:
        shown = PostAttachment.attachment_id.in_(select(Attachment.id).where(Attachment.token.in_(named)))
        of_this = update(PostAttachment).where(PostAttachment.post_id == post.id)
        session.execute(of_this.values(is_shown=shown), execution_options={"synchronize_session": False})
    files = files_to_name_for(session, actor, named - known, POSTS)
    rows = [{"post_id": post.id, "attachment_id": file.id, "is_shown": True} for file in files]
    insert_new(session, PostAttachment, rows)


def clear_unposted(session: Session, *, homes: Iterable[Home], now: datetime) -> list[Attachment]:
    """Forget some files that no text has named for days and no draft of their uploader names; return them.

    What they hold can be deleted once the transaction has ended. Rows are held before they are looked at
    again, so that a text that names one meanwhile keeps it.
    """
    kept = exists().where(PostDraft.user_id == Attachment.user_id, PostDraft.body.contains(Attachment.token))
    old = Attachment.created_at < now - UNPOSTED_FOR
    unused = select(Attachment).where(old, ~kept, *(~home.names for home in homes))
    held = unused.order_by(Attachment.id).limit(CLEARED_AT_ONCE).with_for_update(skip_locked=True)
    ids = [file.id for file in session.scalars(held)]
    files = list(session.scalars(unused.where(Attachment.id.in_(ids))))
    session.execute(delete(Attachment).where(Attachment.id.in_([file.id for file in files])))
    return files
