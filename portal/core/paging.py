"""Paging by cursor: the next page starts after the last row seen, so every page costs the same."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.errors import InvalidError
from portal.core.i18n import N_

T = TypeVar("T")
_LARGEST_ID: Final = 2**31 - 1


def _written(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(text: str, make: Callable[..., T]) -> T | None:
    if not text:
        return None
    try:
        return make(*json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidError(N_("This page address is damaged. Start from the first page.")) from error


def _id(number: Any) -> int:
    return max(0, min(int(number), _LARGEST_ID))


class Place(Protocol):
    """A place in a list, which can be written into an address."""

    def encode(self) -> str:
        """Write the place as text for an address."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """A place in a list sorted by time, newest first, then by id."""

    at: datetime
    id: int

    def encode(self) -> str:
        """Write the cursor as text for an address."""
        return _written(self.at.isoformat(), self.id)

    @classmethod
    def decode(cls, text: str) -> "Cursor | None":
        """Read a cursor; None for an empty text.

        Raises:
            InvalidError: the text is no cursor.
        """
        return _read(text, cls._of)

    @classmethod
    def _of(cls, at: str, row_id: Any) -> "Cursor":
        return cls(at=datetime.fromisoformat(at).astimezone(UTC), id=_id(row_id))

    def after(
        self, at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Select the rows that come after this place, as an index finds them at once."""
        return tuple_(at, row_id) < (self.at, self.id)


@dataclass(frozen=True, kw_only=True)
class RowCursor:
    """A place in a list sorted by id, the oldest first."""

    id: int

    def encode(self) -> str:
        """Write the cursor as text for an address."""
        return _written(self.id)

    @classmethod
    def decode(cls, text: str) -> "RowCursor | None":
        """Read a cursor; None for an empty text.

        Raises:
            InvalidError: the text is no cursor.
        """
        return _read(text, cls._of)

    @classmethod
    def _of(cls, row_id: Any) -> "RowCursor":
        return cls(id=_id(row_id))


@dataclass(frozen=True, kw_only=True)
class DayCursor:
    """A place in a list sorted by day, the earliest first, then by name and id."""

    day: date
    name: str
    id: int

    def encode(self) -> str:
        """Write the cursor as text for an address."""
        return _written(self.day.isoformat(), self.name, self.id)

    @classmethod
    def decode(cls, text: str) -> "DayCursor | None":
        """Read a cursor; None for an empty text.

        Raises:
            InvalidError: the text is no cursor.
        """
        return _read(text, cls._of)

    @classmethod
    def _of(cls, day: str, name: Any, row_id: Any) -> "DayCursor":
        if b"\0" in str(name).encode():  # Which raises a ValueError at half a character.
            raise ValueError(name)
        return cls(day=date.fromisoformat(day), name=str(name), id=_id(row_id))

    def after(
        self, day: ColumnElement[date], name: InstrumentedAttribute[str], row_id: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Select the rows that come after this place."""
        return tuple_(day, name, row_id) > (self.day, self.name, self.id)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page; None on the last one."""

    rows: Sequence[T]
    next_cursor: str | None

    @classmethod
    def cut(cls, rows: Sequence[T], size: int, key: Callable[[T], Place]) -> "Page[T]":
        """Make a page of `size` from a query that asked for one row more."""
        more = len(rows) > size
        return cls(rows=rows[:size], next_cursor=key(rows[size - 1]).encode() if more else None)
