"""Paging by number, for lists that are made as a whole or stay short; others go by `portal.core.paging`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from portal.web.numbers import LARGEST_ROW, row_number

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class NumberedPage(Generic[T]):
    """Some rows of a list, and which page they are; the first one has number 1."""

    number: int
    rows: Sequence[T]
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class AskedPage:
    """Which page is asked for, and how many rows a page has."""

    number: int
    size: int

    @property
    def first(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page has, which tells whether there is another page."""
        return self.size + 1

    def cut(self, rows: Sequence[T]) -> NumberedPage[T]:
        """Make the page of up to `limit` rows that come after the `first` ones."""
        return NumberedPage(number=self.number, rows=rows[: self.size], has_more=len(rows) > self.size)

    def of(self, rows: Sequence[T]) -> NumberedPage[T]:
        """Make the page of all rows of the list."""
        return self.cut(rows[self.first : self.first + self.limit])


def asked_page(size: int, *, last: int = LARGEST_ROW) -> AskedPage:
    """Read which page the address asks for: the first one unless it names another, and none after `last`."""
    number = request.args.get("page", 1, type=row_number)
    return AskedPage(number=min(max(1, number), last), size=size)
