"""Writes of files: the content is stored once, under its own hash."""

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.files.models import StoredFile

LARGEST_BYTES: Final = 10 * 1024 * 1024
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def image_type(content: bytes) -> str | None:
    """Return the media type that the first bytes prove; None when it is no image that pages may show."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def store(session: Session, *, folder: Path, name: str, content: bytes, now: datetime) -> StoredFile:
    """Keep an image; the same content again is the same file.

    Raises:
        InvalidError: it is too large, or no PNG, JPEG, GIF or WebP image.
    """
    media_type = image_type(content)
    if media_type is None:
        raise InvalidError(N_("%(name)s is no PNG, JPEG, GIF or WebP image."), name=name)
    if len(content) > LARGEST_BYTES:
        raise InvalidError(N_("%(name)s is larger than 10 MB."), name=name)
    key = hashlib.sha256(content).hexdigest()[:40]
    file = session.scalar(select(StoredFile).where(StoredFile.key == key))
    if file is None:
        _write(folder / key[:2] / key, content)
        file = StoredFile(
            key=key,
            name="".join(filter(str.isprintable, Path(name).name))[-200:],
            media_type=media_type,
            size_bytes=len(content),
            created_at=now,
        )
        session.add(file)
        session.flush()
    return file


def _write(path: Path, content: bytes) -> None:
    """Write all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def path_of(file: StoredFile) -> str:
    """Return the address of a file."""
    return f"/files/{file.key}"
