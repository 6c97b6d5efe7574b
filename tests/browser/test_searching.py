"""Search by keyboard alone, in both languages: from the slash to the page that answers."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PEOPLE, sign_in, speak, without_complaint

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

TYPED = {"en": "inv", "ja": "請求"}
TRIED = {"en": "send", "ja": "請求"}
OFTEN = {"en": "Often searched for", "ja": "よく検索される語句"}


@pytest.fixture(params=["en", "ja"])
def language(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def reader(chromium: Browser, site: str, language: str) -> Page:
    """A customer who reads in the language."""
    page = chromium.new_context(base_url=site, locale=language).new_page()
    sign_in(page, PEOPLE["customer"])
    speak(page, language)
    page.goto("/community/")
    return page


def type_and_wait(page: Page, typed: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(typed)
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()


def chosen_text(page: Page) -> str:
    """Return the option that assistive technology is told of."""
    option = page.locator("#q").get_attribute("aria-activedescendant")
    return page.locator(f"#{option}").inner_text() if option else ""


def test_a_suggested_title_is_opened_by_keyboard(reader: Page, language: str) -> None:
    with without_complaint(reader):
        type_and_wait(reader, TYPED[language])
        expect(reader.locator("#q")).to_have_attribute("aria-expanded", "true")
        assert chosen_text(reader) == ""

        reader.keyboard.press("ArrowUp")
        last = chosen_text(reader)
        reader.keyboard.press("ArrowDown")
        assert chosen_text(reader) == ""
        reader.keyboard.press("ArrowUp")
        assert chosen_text(reader) == last != ""

        reader.keyboard.press("Enter")
        reader.wait_for_url(re.compile(r"rank=\d+&suggested=1"))
        expect(reader.locator("main h1")).to_contain_text(last)


def test_a_query_that_led_others_to_something_is_searched_for_by_keyboard(
    reader: Page, language: str
) -> None:
    with without_complaint(reader):
        type_and_wait(reader, TRIED[language])
        group = reader.get_by_role("group", name=OFTEN[language])
        reader.keyboard.press("ArrowDown")
        query = chosen_text(reader)
        assert query in group.get_by_role("option").all_inner_texts()

        reader.keyboard.press("Enter")
        reader.wait_for_url(re.compile("/search"))
        expect(reader.locator("main h1")).to_contain_text(query)
        assert query.startswith(TRIED[language])


def test_escape_closes_and_enter_searches_for_what_was_typed(reader: Page, language: str) -> None:
    with without_complaint(reader):
        type_and_wait(reader, TYPED[language])
        reader.keyboard.press("ArrowDown")
        reader.keyboard.press("Escape")
        expect(reader.locator("#suggestions")).to_be_hidden()
        expect(reader.locator("#q")).to_have_attribute("aria-expanded", "false")
        assert reader.locator("#q").input_value() == TYPED[language]

        reader.keyboard.press("Enter")
        reader.wait_for_url(re.compile(r"/search\?q="))
        for _ in range(60):
            reader.keyboard.press("Tab")
            if reader.evaluate("document.activeElement.closest('article.result h2') !== null"):
                break
        reader.keyboard.press("Enter")
        reader.wait_for_url(re.compile(r"rank=1(&|$|#)"))


def test_without_scripts_the_field_searches_and_a_result_is_opened(
    chromium: Browser, site: str, language: str
) -> None:
    context: BrowserContext = chromium.new_context(base_url=site, locale=language, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.locator("#q").fill(TYPED[language] if language == "ja" else "invoice")
    page.keyboard.press("Enter")
    page.locator("article.result h2 a").first.click()
    expect(page).to_have_url(re.compile(r"rank=1(&|$|#)"))
    context.close()
