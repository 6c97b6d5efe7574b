"""Lists that go by number: whatever page an address asks for, it gets one, and pages make up the list."""

from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.web.paging import AskedPage, NumberedPage, asked_page
from tests.factories import make_user

LISTS: Final = (
    "/search?q=a&",
    "/community/moderation/?",
    "/staff/accounts/?",
    "/staff/accounts/alerts/?",
    "/staff/actions/?",
    "/staff/tasks/?",
    "/staff/articles/?",
    "/staff/articles/translations/?",
    "/staff/articles/upkeep/?",
    "/staff/gaps/?",
    "/staff/insights/help_sessions?",
    "/staff/search/pins/?",
    "/staff/search/proposals/?",
    "/staff/search/synonyms/?",
    "/staff/signals/unmatched?",
)


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("", 1),
        ("page=", 1),
        ("page=x", 1),
        ("page=1.5", 1),
        ("page=0", 1),
        ("page=-1", 1),
        ("page=-99999999999999999999", 1),
        ("page=99999999999999999999", 1),
        ("page=2147483647", 2147483647),
        ("page=3", 3),
        ("page=１", 1),
        ("page=３", 3),
        ("page=2&page=x", 2),
    ],
)
def test_every_address_asks_for_a_page(sent: str, number: int) -> None:
    with Flask(__name__).test_request_context(f"/?{sent}"):
        assert asked_page(10) == AskedPage(number=number, size=10)


def test_no_page_is_asked_for_after_the_last() -> None:
    with Flask(__name__).test_request_context("/?page=9"):
        assert [asked_page(10, last=last).number for last in (1, 8, 9, 10)] == [1, 8, 9, 9]


@given(rows=st.lists(st.integers()), size=st.integers(1, 9))
def test_the_pages_of_a_list_make_it_up(rows: list[int], size: int) -> None:
    page = AskedPage(number=1, size=size).of(rows)
    found = [*page.rows]
    while page.has_more:
        assert len(page.rows) == size
        page = AskedPage(number=page.number + 1, size=size).of(rows)
        assert page.rows
        found += page.rows

    assert found == rows


def test_a_page_after_the_end_is_empty_and_the_last() -> None:
    assert AskedPage(number=7, size=2).of([1, 2]) == NumberedPage(number=7, rows=[], has_more=False)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_answers_whatever_page_is_asked_for(
    session: Session, browser_of: Callable[[User], FlaskClient], path: str
) -> None:
    staff = make_user(session)
    session.commit()
    browser = browser_of(staff)

    for page in ("0", "-1", "x", "１", "2147483647", "99999999999999999999"):
        assert browser.get(f"{path}page={page}").status_code == 200, page
