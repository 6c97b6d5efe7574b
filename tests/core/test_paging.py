"""A cursor survives its way through an address; nonsense is refused."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import InvalidError
from portal.core.paging import Cursor, DayCursor, Page


@given(at=st.datetimes(timezones=st.just(UTC)), row_id=st.integers(1, 2**31 - 1))
def test_a_cursor_comes_back(at: datetime, row_id: int) -> None:
    cursor = Cursor(at=at, id=row_id)
    assert Cursor.decode(cursor.encode()) == cursor


@given(day=st.dates(), name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_cursor_by_day_and_name_comes_back(day: date, name: str) -> None:
    cursor = DayCursor(day=day, name=name, id=7)
    assert DayCursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800"])
def test_a_name_that_no_database_takes_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        DayCursor.decode(DayCursor(day=date(2026, 1, 1), name=name, id=7).encode())


def test_no_number_is_beyond_a_row() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number, row_id in ((10**30, 2**31 - 1), (-(10**30), 0)):
        assert Cursor.decode(Cursor(at=now, id=number).encode()) == Cursor(at=now, id=row_id)


DEEP = urlsafe_b64encode(b"[" * 5000).decode()
BAD_ROW = "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgImEiXQ"


@pytest.mark.parametrize("text", ["x", "bnVsbA", "W10", "WzEsMl0", "é", "%%%", "a" * 500, BAD_ROW, DEEP])
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
