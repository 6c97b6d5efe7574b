"""Sections and articles in real Chromium: dragged, or moved by buttons that keep the focus."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PEOPLE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

ITEMS = ".sortable > .rows > li > div > .title"


def test_a_section_is_dragged_to_its_place(page: Page) -> None:
    sign_in(page, PEOPLE["staff"])
    page.goto("/staff/sections/")
    first, second, third, *_ = names = page.locator(ITEMS).all_inner_texts()
    address = page.url
    items = page.locator(".sortable > .rows > li")
    items.nth(2).drag_to(items.nth(0), target_position={"x": 5, "y": 3})
    expect(page.locator(ITEMS)).to_have_text([third, first, second, *names[3:]])
    items.nth(0).drag_to(items.nth(2), target_position={"x": 5, "y": 40})
    expect(page.locator(ITEMS)).to_have_text(names)
    assert page.url == address


def test_an_article_is_moved_by_keyboard(page: Page) -> None:
    sign_in(page, PEOPLE["staff"])
    page.goto("/staff/sections/1")
    first, second, *rest = page.locator(ITEMS).all_inner_texts()
    button = page.get_by_role("button", name=f"Move “{first}” down")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(ITEMS)).to_have_text([second, first, *rest])
    expect(button).to_be_focused()
    page.reload()
    expect(page.locator(ITEMS)).to_have_text([second, first, *rest])
