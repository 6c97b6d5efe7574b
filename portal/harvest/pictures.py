"""The pictures of posts in an article: its readers need not be those of the topic."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.files import service as files
from portal.files.attachments import rules as attachments
from portal.files.rules import path_of
from portal.forum.attachments.queries import files_shown_in
from portal.forum.models import Post


def with_own_pictures(
    session: Session, text: str, *, posts: Sequence[Post], folder: Path, now: datetime
) -> str:
    """Return a text made of posts in which the pictures that these show have become files of the help center.

    A picture that a post only names, as its author could not see it, stays behind.
    """
    for file in files_shown_in(session, posts):
        place = attachments.place_of(file, folder)
        if file.is_picture and place.is_file():
            kept = files.store(
                session,
                folder=folder,
                name=file.name,
                content=place.read_bytes(),
                user_id=file.user_id,
                now=now,
            )
            text = text.replace(attachments.path_of(file), path_of(kept))
    return text
