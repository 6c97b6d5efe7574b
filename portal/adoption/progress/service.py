"""How far a file of signals was read, kept in the transaction that records what was read."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adoption.progress.models import FileProgress
from portal.core.orm import upsert

BEGINNING_BYTES: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a file: so many bytes and lines are behind it, and so many signals of them are kept."""

    position: int = 0
    lines: int = 0
    kept: int = 0

    def after(self, batch: Sequence[tuple[int, bytes]], *, kept: Collection[int]) -> "Place":
        """Return the place after some numbered lines, given those whose signals are kept.

        A line at the end that is not finished is read again.
        """
        finished = [(number, len(line)) for number, line in batch if line.endswith(b"\n")]
        return Place(
            position=self.position + sum(size for _, size in finished),
            lines=self.lines + len(finished),
            kept=self.kept + sum(number in kept for number, _ in finished),
        )


START: Final = Place()


def place_in(session: Session, file: Path) -> Place:
    """Return how far a file was read: the start for a new one, and for one that begins otherwise by now."""
    known = session.scalar(select(FileProgress).where(FileProgress.path == _name(file)))
    if known is None or known.position > file.stat().st_size:
        return START
    if known.digest != _beginning(file, known.position):
        return START
    return Place(position=known.position, lines=known.lines, kept=known.kept)


def keep_place(session: Session, file: Path, place: Place, *, source: str, now: datetime) -> None:
    """Keep how far a file was read."""
    row = {
        "path": _name(file),
        "source": source,
        "position": place.position,
        "lines": place.lines,
        "kept": place.kept,
        "digest": _beginning(file, place.position),
        "read_at": now,
    }
    upsert(session, FileProgress, row, unique="path")


def _name(file: Path) -> str:
    return str(file.resolve()).encode("utf-8", "backslashreplace").decode()


def _beginning(file: Path, position: int) -> str:
    """Return the digest of what a file begins with, as far as it was read, and of the end of that."""
    with file.open("rb") as lines:
        start = lines.read(min(position, BEGINNING_BYTES))
        lines.seek(max(0, position - BEGINNING_BYTES))
        end = lines.read(min(position, BEGINNING_BYTES))
    return hashlib.sha256(start + end).hexdigest()
