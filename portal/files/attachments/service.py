"""Writes of files that people add."""

import secrets
from datetime import datetime
from pathlib import Path, PurePath
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.queries import hold_people
from portal.accounts.sanctions import require_voice
from portal.core.errors import ForbiddenError, InvalidError, TooLargeError, UnsupportedError
from portal.core.i18n import N_
from portal.files import images
from portal.files.attachments import queries
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import place_of, tokens_in, type_of
from portal.files.service import LARGEST_BYTES, Upload, write_whole

FILES_A_TEXT: Final = 10
"""Source: a judgement; who has more to show packs them into one ZIP file, which readers fetch at once."""

FILES_A_DAY: Final = 50
BYTES_A_DAY: Final = 100 * 1024 * 1024
"""Source: a judgement; ten files of the largest size, or fifty screenshots, are more than a day needs."""


def prepare(*, name: str, content: bytes) -> Upload:
    """Make ready what a person sends, while no other writer has to wait: pictures are drawn anew.

    Raises:
        InvalidError: it is empty, or a picture that is damaged or has too many pixels.
        TooLargeError: it is larger than 10 MB.
        UnsupportedError: it is of no kind that people may add, or not what its name says.
    """
    name = "".join(filter(str.isprintable, PurePath(name).name))[-200:] or "file"
    if not content:
        raise InvalidError(N_("Choose a file that is not empty."))
    if len(content) > LARGEST_BYTES:
        raise TooLargeError(N_("%(name)s is larger than 10 MB. Make it smaller and try again."), name=name)
    if not _proven_type(name, content).startswith("image/"):
        return Upload(name=name, content=content)
    picture, was_animated = images.redrawn(name, content)
    return Upload(name=name, content=picture, was_animated=was_animated)


def _proven_type(name: str, content: bytes) -> str:
    media_type = type_of(name, content)
    if media_type is None:
        raise UnsupportedError(
            N_(
                "%(name)s cannot be added: it is of another kind, or its content is not what its name says. "
                "Add a picture, an MP4 or WebM video, or a file that ends in .csv, .docx, .gz, .json, .log, "
                ".md, .pdf, .pptx, .txt, .xlsx or .zip."
            ),
            name=name,
        )
    return media_type


def keep(session: Session, *, actor: Actor, folder: Path, upload: Upload, now: datetime) -> Attachment:
    """Keep a file that was made ready; until a text names it, its uploader alone sees it.

    Raises:
        ForbiddenError: the actor is a visitor.
        InvalidError: the actor is silenced, or has added too much within a day.
    """
    if actor.user_id is None:
        raise ForbiddenError("add files")
    require_voice(session, actor, now=now)
    hold_people(session, {actor.user_id})
    count, size_bytes = queries.added_lately(session, actor.user_id, now=now)
    if count >= FILES_A_DAY or size_bytes + len(upload.content) > BYTES_A_DAY:
        raise InvalidError(
            N_("You can add %(files)s files and %(megabytes)s MB a day. Add this one tomorrow."),
            files=FILES_A_DAY,
            megabytes=BYTES_A_DAY // 1024**2,
        )
    file = Attachment(
        token=secrets.token_hex(16),
        name=upload.name,
        media_type=_proven_type(upload.name, upload.content),
        size_bytes=len(upload.content),
        user_id=actor.user_id,
        created_at=now,
    )
    session.add(file)
    session.flush()
    write_whole(place_of(file, folder), upload.content)
    return file


def require_few_files(text: str) -> None:
    """Refuse a text that names too many files.

    Raises:
        InvalidError: it names more than ten.
    """
    if len(tokens_in(text)) > FILES_A_TEXT:
        raise InvalidError(
            N_("One text names at most %(most)s files. Pack some of them into a ZIP file."),
            field="body",
            most=FILES_A_TEXT,
        )


def hold_files(session: Session, *, user_id: int, text: str) -> None:
    """Hold what a person has added and a text names until the transaction ends, so that it is not cleared."""
    if tokens := tokens_in(text):
        mine = select(Attachment.id).where(Attachment.user_id == user_id, Attachment.token.in_(tokens))
        session.execute(mine.order_by(Attachment.id).with_for_update())
