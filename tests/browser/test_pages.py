"""Pages in real Chromium: light to load, usable by keyboard alone, and without JavaScript."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.browser.conftest import PEOPLE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

FIRST_VIEWS = ("/", "/help/en/articles/1-x", "/community/topics/4")


@pytest.mark.parametrize("address", FIRST_VIEWS)
def test_a_first_view_asks_nobody_else(page: Page, site: str, address: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # Playwright takes no built-in.
    page.goto(address, wait_until="networkidle")
    pages = [answer for answer in answers if answer.status == 200]
    assert all(answer.url.startswith((site, "data:")) for answer in answers)
    assert len(pages) <= 8


def test_data_for_machines_is_let_in(page: Page) -> None:
    page.goto("/help/en/articles/1-x")
    data = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert {"Article", "BreadcrumbList"} <= {thing["@type"] for thing in data["@graph"]}


def test_slash_leads_to_the_search_field(page: Page) -> None:
    page.goto("/community/")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    assert page.locator("#q").input_value() == ""
    page.keyboard.type("a/b")
    assert page.locator("#q").input_value() == "a/b"


def test_suggestions_are_walked_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("invoice", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("href", re.compile("q=invoice&"))
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#q")).to_have_attribute(
        "aria-activedescendant", options.nth(1).get_attribute("id") or ""
    )
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "true")
    wanted = options.first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{wanted}")
    expect(page.locator("main h1")).to_be_visible()


def test_escape_closes_the_suggestions(page: Page) -> None:
    page.goto("/")
    page.locator("#q").press_sequentially("invoice", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=invoice")


def test_suggestions_that_come_after_escape_stay_closed(page: Page) -> None:
    page.goto("/")
    page.locator("#q").fill("invoi")
    expect(page.get_by_role("option").first).to_be_visible()
    late: list[Route] = []
    page.route("**/suggestions*", lambda route: late.append(route))  # noqa: PLW0108  # As above.
    page.evaluate(
        "suggestions.addEventListener('htmx:afterSettle', () => (document.body.dataset.settled = ''))"
    )

    with page.expect_request("**/suggestions*"):
        page.keyboard.press("c")
    page.keyboard.press("Escape")
    late[0].continue_()
    expect(page.locator("body[data-settled]")).to_be_attached()

    expect(page.locator("#suggestions")).to_be_hidden()


def test_tab_reaches_the_content_at_once(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_preview_and_a_vote_come_without_leaving_the_page(page: Page) -> None:
    sign_in(page, PEOPLE["peer"])
    page.goto("/community/topics/4")
    address = page.url
    page.locator("textarea[name=body]").fill("**Bold**")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview strong")).to_have_text("Bold")
    vote = page.locator(".vote").first
    before = vote.get_attribute("aria-pressed")
    vote.click()
    expect(page.locator(".vote").first).not_to_have_attribute("aria-pressed", before or "")
    assert page.url == address


def test_a_title_that_is_typed_shows_what_may_answer_it(page: Page) -> None:
    sign_in(page, PEOPLE["peer"])
    page.goto("/community/topics/new")
    page.locator("input[name=title]").press_sequentially("How do I issue an invoice", delay=10)
    suggestion = page.locator("#similar details").first
    expect(suggestion).to_be_visible()
    suggestion.locator("summary").click()
    expect(suggestion.get_by_role("button", name="This solved it")).to_be_visible()


def test_unfinished_text_waits(page: Page) -> None:
    sign_in(page, PEOPLE["peer"])
    page.goto("/community/topics/4")
    page.locator("textarea[name=body]").fill("Half of an answer")
    page.goto("/")
    page.goto("/community/topics/4")
    expect(page.locator("textarea[name=body]")).to_have_value("Half of an answer")


Plain = Callable[[str], Page]


@pytest.fixture
def plain(chromium: Browser, site: str) -> Iterator[Plain]:
    """Open the page of someone whose browser runs no JavaScript."""
    contexts = []

    def open_page(reader: str) -> Page:
        context = chromium.new_context(base_url=site, locale="en-US", java_script_enabled=False)
        contexts.append(context)
        page = context.new_page()
        if reader != "visitor":
            sign_in(page, PEOPLE[reader])
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_search_and_vote_without_javascript(plain: Plain) -> None:
    page = plain("visitor")
    page.goto("/")
    page.locator("#q").fill("invoice")
    page.locator("form[role=search] button").click()
    page.locator("article.result a").first.click()
    expect(page.locator("main h1")).to_be_visible()
    page.goto("/help/en/articles/1-x")
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator("#helpful")).to_contain_text("Thank you")


def test_ask_answer_and_accept_without_javascript(plain: Plain) -> None:
    asker, helper = plain("customer"), plain("peer")
    asker.goto("/community/topics/new")
    asker.locator("input[name=title]").fill("Does this work without JavaScript?")
    asker.locator("textarea[name=body]").fill("I *hope* so.")
    asker.get_by_role("button", name="Post it").click()
    expect(asker.locator("main h1")).to_have_text("Does this work without JavaScript?")
    helper.goto(asker.url)
    helper.locator("textarea[name=body]").fill("It does.")
    helper.get_by_role("button", name="Preview").click()
    expect(helper.locator(".preview")).to_have_text("It does.")
    helper.go_back()
    helper.locator("textarea[name=body]").fill("It does.")
    helper.get_by_role("button", name="Post your reply").click()
    asker.reload()
    asker.get_by_role("button", name=re.compile("Useful")).click()
    asker.get_by_role("button", name="This solved it").click()
    expect(asker.locator(".post.accepted")).to_contain_text("It does.")


def test_contact_without_javascript(plain: Plain) -> None:
    page = plain("customer")
    page.goto("/support/requests/new")
    page.locator("input[name=title]").fill("The total is wrong")
    page.locator("textarea[name=body]").fill("It is off by one.")
    page.get_by_role("button", name="Send to our staff").click()
    expect(page.locator("main h1")).to_have_text("The total is wrong")
    expect(page.locator("main")).to_contain_text("It is off by one.")


def test_complete_a_step_without_javascript(plain: Plain) -> None:
    page = plain("stuck")
    page.goto("/onboarding/")
    step = page.locator(".next-step h3").first.inner_text()
    page.locator(".next-step").first.get_by_role("button", name="Mark as done").click()
    expect(page.locator(".path .done", has_text=step)).to_be_visible()
