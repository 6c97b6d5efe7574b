"""The whole way through, in a real browser: from a search in Japanese to a health score that moved."""

import re
import time
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in

CATCHES_UP_WITHIN_SECONDS = 30

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]


def page_of(chromium: Browser, site: str, email: str, locale: str = "en-US") -> Page:
    page = chromium.new_context(base_url=site, locale=locale).new_page()
    sign_in(page, email)
    return page


def points(page: Page) -> float:
    """Read an account's score from its page, and check that what it is made of adds up to it."""
    shown = float(page.locator("table.data tfoot data strong").inner_text())
    parts = [float(text) for text in page.locator("table.data tbody tr:not(.part-of) data").all_inner_texts()]
    assert round(sum(parts), 1) == shown
    return shown


def open_account(staff: Page, name: str) -> None:
    staff.goto("/staff/accounts/")
    staff.get_by_role("link", name=name, exact=True).first.click()
    staff.wait_for_load_state()


def test_from_a_search_to_a_score_that_moved(chromium: Browser, site: str) -> None:
    staff = page_of(chromium, site, "staff@demo.example")
    before = {}
    for name in ("Acme Provisions", "Globex Fine Foods"):
        open_account(staff, name)
        before[name] = points(staff)

    champion = page_of(chromium, site, "champion@demo.example", "ja-JP")
    champion.goto("/")
    champion.get_by_role("searchbox").or_(champion.locator("#q")).first.fill("請求書を発行したい")
    champion.keyboard.press("Enter")
    champion.locator("article.result a").first.click()
    expect(champion.locator("main h1")).to_contain_text("請求書")
    champion.get_by_role("button", name="はい").click()
    expect(champion.locator("main")).to_contain_text(re.compile("ありがとう"))

    champion.goto("/search?q=納品書をラベルに印刷すると2枚目が白紙になる")
    champion.get_by_role("link", name="コミュニティで質問する").first.click()
    champion.locator("textarea[name=body]").fill("昨日から2枚目が白紙になります。再起動しても同じです。")
    champion.get_by_role("button", name="投稿する").click()
    champion.wait_for_url(re.compile("/community/topics/"))
    topic = champion.url

    peer = page_of(chromium, site, "peer@demo.example")
    peer.goto(topic)
    peer.locator("textarea[name=body]").fill("Set the paper height to the label's own height.")
    peer.get_by_role("button", name="Post your reply").click()
    expect(peer.locator("main")).to_contain_text("the label's own height")

    champion.goto(topic)
    champion.get_by_role("button", name="これで解決した").click()
    expect(champion.locator(".post.accepted")).to_contain_text("the label's own height")

    for name, what in (
        ("Acme Provisions", "Accepted an answer"),
        ("Globex Fine Foods", "Had an answer accepted"),
    ):
        open_account(staff, name)
        reload_until(staff, partial(has_moved, staff, what, before[name]))


def has_moved(staff: Page, what: str, before: float) -> bool:
    """Tell whether an account's page says what happened, and shows another score than before."""
    return what in staff.locator("main").inner_text() and points(staff) != before


def reload_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Look at a page again until the worker has caught up with what people did."""
    deadline = time.monotonic() + CATCHES_UP_WITHIN_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
        page.reload()
