"""Which files posts show to whom."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.files.attachments.homes import Home
from portal.files.attachments.models import Attachment
from portal.forum import queries
from portal.forum.attachments.models import PostAttachment
from portal.forum.models import Post


def files_shown_in(session: Session, posts: Sequence[Post]) -> Sequence[Attachment]:
    """Return the files that some posts, which were read for the actor, show to all their readers."""
    shown = select(PostAttachment.attachment_id).where(
        PostAttachment.post_id.in_([post.id for post in posts]), PostAttachment.is_shown
    )
    return session.scalars(select(Attachment).where(Attachment.id.in_(shown)).order_by(Attachment.id)).all()


def _shown_to(actor: Actor) -> ColumnElement[bool]:
    """Select for `viewer_id`; what a post said before is for those who may see its history."""
    showing = (
        queries.posts_seen_by(actor)
        .join(PostAttachment, PostAttachment.post_id == Post.id)
        .where(
            PostAttachment.attachment_id == Attachment.id,
            or_(PostAttachment.is_shown, queries.is_own_or_kept(actor)),
        )
        .with_only_columns(Post.id)
    )
    return showing.exists()


POSTS: Final = Home(
    names=exists().where(PostAttachment.attachment_id == Attachment.id),
    shows_to=_shown_to,
)
