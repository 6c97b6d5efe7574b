"""A cursor survives its way through an address; nonsense is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import InvalidError
from portal.core.paging import Cursor, Page


@given(at=st.datetimes(timezones=st.just(UTC)), row_id=st.integers(1, 2**31 - 1))
def test_a_cursor_comes_back(at: datetime, row_id: int) -> None:
    cursor = Cursor(at=at, id=row_id)
    assert Cursor.decode(cursor.encode()) == cursor


BAD_ROW = "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgImEiXQ"


@pytest.mark.parametrize("text", ["x", "bnVsbA", "W10", "WzEsMl0", "é", "%%%", "a" * 500, BAD_ROW])
def test_a_damaged_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        Cursor.decode(text)


def test_the_last_page_has_no_next() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def cut(rows: list[int]) -> Page[int]:
        return Page.cut(rows, 2, lambda row: Cursor(at=now, id=row))

    assert cut([3, 2]).next_cursor is None
    assert cut([3, 2, 1]).rows == [3, 2]
    assert cut([3, 2, 1]).next_cursor == Cursor(at=now, id=2).encode()
