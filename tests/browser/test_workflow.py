"""From a first draft to a page in two languages, in real Chromium, by the people who have a part in it."""

import base64
import re
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PEOPLE, sign_in, without_complaint
from tests.browser.test_editor import TRANSFER
from tests.files.pictures import encoded, halves

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

AUTOSAVED_WITHIN_MILLISECONDS = 20_000
TITLE, TITLE_JA = "Pack fragile goods", "割れ物を梱包する"


class As(Protocol):
    """Opens a page of someone; the visitor is not signed in."""

    def __call__(self, reader: str, *, scripts: bool = True) -> Page: ...


@pytest.fixture
def as_(chromium: Browser, site: str) -> As:
    def open_page(reader: str, *, scripts: bool = True) -> Page:
        context = chromium.new_context(base_url=site, locale="en-US", java_script_enabled=scripts)
        page = context.new_page()
        if reader != "visitor":
            sign_in(page, PEOPLE[reader])
        return page

    return open_page


def press(page: Page, name: str) -> None:
    """Send the form by one of its buttons, and see that it was taken."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".flashes .flash.success")).to_be_visible()


def paste_picture(page: Page) -> None:
    """Paste a picture at the end of the text, and describe it."""
    area = page.locator("textarea[name=body]")
    area.evaluate("area => area.setSelectionRange(area.value.length, area.value.length)")
    area.evaluate(
        TRANSFER, ["paste", [("box.png", "image/png", base64.b64encode(encoded(halves())).decode())], {}]
    )
    page.get_by_role("dialog").get_by_label("Description").fill("A box with a red and a blue half")
    page.get_by_role("dialog").get_by_role("button", name="Add the description").click()
    expect(area).to_have_value(re.compile(r"!\[A box with a red and a blue half\]\(/files/\w+\)"))


def test_from_a_draft_to_two_languages_and_back(as_: As) -> None:
    author, reviewer, visitor = as_("staff"), as_("admin"), as_("visitor")
    with without_complaint(author), without_complaint(reviewer):
        article_id = write_and_send_for_review(author)
        approve(reviewer)
        visitor.goto(f"/help/articles/{article_id}")
        expect(visitor.locator("h1")).to_have_text(TITLE)
        expect(visitor.locator(".prose img")).to_have_attribute("width", "40")
        translate(author)
        change_the_original(author, article_id)
        see_that_the_translation_is_to_update(author, article_id)
        restore_the_first_revision(author, article_id)
    visitor.reload()
    expect(visitor.locator(".prose")).to_contain_text("Wrap it twice.")
    for page in (author, reviewer, visitor):
        page.context.close()


def write_and_send_for_review(author: Page) -> str:
    author.goto("/staff/articles/new?language=en")
    author.get_by_label("Title").fill(TITLE)
    author.locator("textarea[name=body]").fill("Wrap it twice.\n\n")
    paste_picture(author)
    author.get_by_label("Section").select_option(index=1)
    press(author, "Send for review")
    expect(author.locator("#state + ul")).to_contain_text("Readers do not see it yet.")
    expect(author.locator("#state + ul")).to_contain_text("Revision 1 waits for a review")
    found = re.search(r"/staff/articles/(\d+)/en", author.url)
    assert found
    return found[1]


def approve(reviewer: Page) -> None:
    reviewer.goto("/staff/")
    reviewer.get_by_role("link", name=TITLE).click()
    picture = reviewer.get_by_role("img", name="A box with a red and a blue half")
    expect(picture).to_have_js_property("naturalWidth", 40)
    reviewer.get_by_label("Comment").fill("Well put.")
    press(reviewer, "Approve and publish")


def translate(author: Page) -> None:
    author.get_by_role("link", name="日本語", exact=True).click()
    author.get_by_role("link", name="Beside the original", exact=True).click()
    expect(author.locator("#original ~ .prose")).to_contain_text("Wrap it twice.")
    author.get_by_label("Title").fill(TITLE_JA)
    author.locator("textarea[name=body]").fill("二重に包みます。")
    expect(author.get_by_label("It says what revision 1 of the original says")).to_be_checked()
    press(author, "Publish")
    expect(author.locator("#state + ul")).to_contain_text("What readers see says what the original says.")


def change_the_original(author: Page, article_id: str) -> None:
    author.goto(f"/staff/articles/{article_id}/en")
    author.locator("textarea[name=body]").fill("Wrap it three times.")
    author.get_by_label("What you changed").fill("Twice was not enough")
    press(author, "Publish")
    expect(author.locator("#state + ul")).to_contain_text("Readers see revision 2")


def see_that_the_translation_is_to_update(author: Page, article_id: str) -> None:
    author.goto(f"/staff/articles/{article_id}/ja/translation")
    expect(author.locator("#state + ul .status.watch")).to_have_text("To update")
    changes = author.get_by_role("region", name="Text")
    expect(changes.locator("del").first).to_have_text("twice")
    expect(changes.locator("ins").first).to_have_text("three times")
    expect(author.get_by_label("It says what revision 2 of the original says")).not_to_be_checked()
    author.goto("/staff/articles/translations/?language=ja&state=to_update")
    expect(author.get_by_role("row", name=TITLE)).to_contain_text("To update")


def restore_the_first_revision(author: Page, article_id: str) -> None:
    author.goto(f"/staff/articles/{article_id}/en")
    author.get_by_role("link", name="Revisions", exact=True).click()
    author.get_by_role("button", name="Compare the two").click()
    expect(author.get_by_role("region", name="Text").locator("del").first).to_have_text("twice")
    press(author, "Restore revision 1")
    expect(author.locator("textarea[name=body]")).to_have_value(re.compile("Wrap it twice."))
    press(author, "Publish")


def test_unsaved_text_survives_a_closed_tab_and_a_sign_out(as_: As) -> None:
    page = as_("staff")
    address = "/staff/articles/2/en"
    page.goto(address)
    page.get_by_label("What you changed").fill("Half of a note")
    expect(page.locator("[data-status]")).to_contain_text(
        "Saved as your draft", timeout=AUTOSAVED_WITHIN_MILLISECONDS
    )
    page.context.close()
    again = as_("staff")
    again.goto(address)
    expect(again.get_by_label("What you changed")).to_have_value("")
    again.get_by_role("link", name="Continue with it").click()
    expect(again.get_by_label("What you changed")).to_have_value("Half of a note")
    again.goto(address)
    again.get_by_role("button", name="Discard it").click()
    expect(again.get_by_role("link", name="Continue with it")).to_have_count(0)
    again.context.close()


def test_two_who_write_at_once_lose_nothing(as_: As) -> None:
    first, second = as_("staff"), as_("admin")
    for page in (first, second):
        page.goto("/staff/articles/3/en")
    first.locator("textarea[name=body]").fill("The first one's words.")
    press(first, "Save as a draft")
    second.locator("textarea[name=body]").fill("The second one's words.")
    second.get_by_role("button", name="Save as a draft").click()
    conflict = second.get_by_role("alert")
    expect(conflict).to_contain_text("Someone else saved this article while you were writing")
    expect(conflict.locator("del", has_text="first")).to_be_visible()
    expect(conflict.locator("ins", has_text="second")).to_be_visible()
    expect(second.locator("textarea[name=body]")).to_have_value("The second one's words.")
    press(second, "Save as a draft")
    for page in (first, second):
        page.context.close()


def test_writing_and_reviewing_without_javascript(as_: As) -> None:
    author, reviewer = as_("staff", scripts=False), as_("admin", scripts=False)
    author.goto("/staff/articles/new?language=en")
    author.get_by_label("Title").fill("Written without scripts")
    author.locator("textarea[name=body]").fill("It **works**.")
    press(author, "Send for review")
    reviewer.goto("/staff/articles/reviews/")
    reviewer.get_by_role("link", name="Written without scripts").click()
    reviewer.get_by_label("Comment").fill("Say what works.")
    press(reviewer, "Ask for changes")
    author.reload()
    expect(author.locator("#state + ul")).to_contain_text("Say what works.")
    for page in (author, reviewer):
        page.context.close()
