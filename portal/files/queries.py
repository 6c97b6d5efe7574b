"""What is known of stored files."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import NotFoundError
from portal.files.models import StoredFile
from portal.files.rules import path_of, place_of

_ADDRESS: Final = re.compile(r'"/files/([0-9a-f]{40})"')


def file_of(session: Session, key: str) -> StoredFile:
    """Return a file, to whoever knows its key.

    Raises:
        NotFoundError: there is none.
    """
    file = session.scalar(select(StoredFile).where(StoredFile.key == key))
    if file is None:
        raise NotFoundError("file")
    return file


def sizes_of(session: Session, html: str) -> Mapping[str, tuple[int, int]]:
    """Return width and height in pixels of the stored pictures in HTML, by their addresses."""
    keys = set(_ADDRESS.findall(html))
    if not keys:
        return {}
    known = select(StoredFile.key, StoredFile.width, StoredFile.height).where(StoredFile.key.in_(keys))
    rows = session.execute(known)
    return {f"/files/{key}": (width, height) for key, width, height in rows if width and height}


def known_addresses(session: Session, addresses: Iterable[str], *, folder: Path) -> AbstractSet[str]:
    """Return those of the addresses at which a file is found whose content lies in a folder."""
    keys = {address.removeprefix("/files/").partition(".")[0] for address in addresses}
    files = session.scalars(select(StoredFile).where(StoredFile.key.in_(keys)))
    there = {path_of(file) for file in files if place_of(file, folder).is_file()}
    return there.intersection(addresses)
