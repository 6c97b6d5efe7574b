"""Paging by cursor: the next page starts after the last row seen, so every page costs the same."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.errors import InvalidError
from portal.core.i18n import N_

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """A place in a list sorted by time, newest first, then by id."""

    at: datetime
    id: int

    def encode(self) -> str:
        """Write the cursor as text for an address."""
        return (
            base64.urlsafe_b64encode(json.dumps([self.at.isoformat(), self.id]).encode()).decode().rstrip("=")
        )

    @classmethod
    def decode(cls, text: str) -> "Cursor | None":
        """Read a cursor; None for an empty text.

        Raises:
            InvalidError: the text is no cursor.
        """
        if not text:
            return None
        try:
            at, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(at=datetime.fromisoformat(at).astimezone(UTC), id=min(int(row_id), 2**31 - 1))
        except (binascii.Error, ValueError, TypeError, OverflowError) as error:
            raise InvalidError(N_("This page address is damaged. Start from the first page.")) from error

    def after(
        self, at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Select the rows that come after this place, as an index finds them at once."""
        return tuple_(at, row_id) < (self.at, self.id)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page; None on the last one."""

    rows: Sequence[T]
    next_cursor: str | None

    @classmethod
    def cut(cls, rows: Sequence[T], size: int, key: Callable[[T], Cursor]) -> "Page[T]":
        """Make a page of `size` from a query that asked for one row more."""
        more = len(rows) > size
        return cls(rows=rows[:size], next_cursor=key(rows[size - 1]).encode() if more else None)
