"""Writes of files: the content is stored once, under its own hash."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError, InvalidError, TooLargeError, UnsupportedError
from portal.core.i18n import N_
from portal.files import images, policies
from portal.files.models import StoredFile
from portal.files.rules import place_of

LARGEST_BYTES: Final = 10 * 1024 * 1024
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# The first brand of an MP4 file; other files of that family hold photos or need a player of their own.
_MP4_BRANDS: Final = frozenset(
    {b"avc1", b"dash", b"iso2", b"iso4", b"iso5", b"iso6", b"isom", b"M4V ", b"mp41", b"mp42", b"MSNV"}
)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What a person sent, ready to be stored; `was_animated` if only its first frame is left."""

    name: str
    content: bytes
    was_animated: bool = False


def media_type_of(content: bytes) -> str | None:
    """Return the media type that the first bytes prove; None when it is nothing that pages may show."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _MP4_BRANDS:
        return "video/mp4"
    return "video/webm" if content[:4] == b"\x1aE\xdf\xa3" and b"webm" in content[:64] else None


def _proven_type(name: str, content: bytes) -> str:
    media_type = media_type_of(content)
    if media_type is None:
        raise UnsupportedError(
            N_(
                "%(name)s is no PNG, JPEG, GIF or WebP image and no MP4 or WebM video. "
                "Save it as one of these and try again."
            ),
            name=name,
        )
    if len(content) > LARGEST_BYTES:
        raise TooLargeError(N_("%(name)s is larger than 10 MB. Make it smaller and try again."), name=name)
    return media_type


def prepare(actor: Actor, *, name: str, content: bytes) -> Upload:
    """Make ready what a person sends, while no other writer has to wait: pictures are drawn anew.

    Raises:
        ForbiddenError: the actor may not add files.
        UnsupportedError: it is no PNG, JPEG, GIF or WebP image and no MP4 or WebM video.
        TooLargeError: it is larger than 10 MB.
        InvalidError: it is empty, or a picture that is damaged or has too many pixels.
    """
    if not policies.may_upload(actor):
        raise ForbiddenError("add files")
    if not content:
        raise InvalidError(N_("Choose a file first."))
    if _proven_type(name, content).startswith("video/"):
        return Upload(name=name, content=content)
    picture, was_animated = images.redrawn(name, content)
    return Upload(name=name, content=picture, was_animated=was_animated)


def store(
    session: Session,
    *,
    folder: Path,
    name: str,
    content: bytes,
    user_id: int | None = None,
    now: datetime,
) -> StoredFile:
    """Keep a picture or a video; the same content again is the same file, of whoever sent it first.

    Raises:
        UnsupportedError: it is no PNG, JPEG, GIF or WebP image and no MP4 or WebM video.
        TooLargeError: it is larger than 10 MB.
    """
    media_type = _proven_type(name, content)
    key = hashlib.sha256(content).hexdigest()[:40]
    file = session.scalar(select(StoredFile).where(StoredFile.key == key))
    if file is None:
        width, height = images.size_of(content) or (None, None)
        file = StoredFile(
            key=key,
            name="".join(filter(str.isprintable, Path(name).name))[-200:],
            media_type=media_type,
            size_bytes=len(content),
            width=width,
            height=height,
            user_id=user_id,
            created_at=now,
        )
        write_whole(place_of(file, folder), content)
        session.add(file)
        session.flush()
    return file


def write_whole(path: Path, content: bytes) -> None:
    """Write all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
