"""Writing in the community in real Chromium: files by paste, drop and choice; drafts that are there again."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    Route,
    StorageState,
    expect,
)

from tests.browser.conftest import PEOPLE, shots, sign_in, without_complaint
from tests.browser.test_axe import violations_in_both_themes
from tests.browser.test_editor import TRANSFER
from tests.files.pictures import encoded, halves

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

TOPIC: Final = "/community/topics/4"
LOG: Final[FilePayload] = {"name": "printer.log", "mimeType": "text/plain", "buffer": b"It failed."}
PICTURE: Final = r"!\[shot\.png\]\(/attachments/[0-9a-f]{32}\)"

Give = Callable[..., bool]
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: str) -> StorageState:
    """What a customer's browser keeps."""
    context = chromium.new_context(base_url=site, locale="en-US")
    sign_in(context.new_page(), PEOPLE["customer"])
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_browser(chromium: Browser, site: str, signed_in: StorageState) -> Iterator[Open]:
    """Open further browsers of the customer."""
    opened: list[BrowserContext] = []

    def run(*, scripts: bool = True) -> BrowserContext:
        opened.append(
            chromium.new_context(
                base_url=site, locale="en-US", storage_state=signed_in, java_script_enabled=scripts
            )
        )
        return opened[-1]

    yield run
    for context in opened:
        context.close()


@pytest.fixture
def page(open_browser: Open) -> Iterator[Page]:
    """A page on which the customer replies to a topic, with no draft of it; no script may fail there."""
    page, failures = open_browser().new_page(), list[str]()
    page.on("pageerror", lambda error: failures.append(str(error)))
    discard_all(page)
    page.goto(TOPIC)
    yield page
    assert failures == []


@pytest.fixture
def area(page: Page) -> Locator:
    return page.locator("textarea[name=body]")


@pytest.fixture
def give(area: Locator) -> Give:
    """Paste or drop a file; False if the page took it."""

    def run(kind: str, content: bytes, name: str = "shot.png", mime: str = "image/png", **texts: str) -> bool:
        files = [(name, mime, base64.b64encode(content).decode())]
        return bool(area.evaluate(TRANSFER, [kind, files, texts]))

    return run


def discard_all(page: Page) -> None:
    page.goto("/me/drafts/")
    while page.get_by_role("button", name="Discard", exact=True).count():
        page.get_by_role("button", name="Discard", exact=True).first.click()


def status(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-{kind}-status]")


def expect_picture(page: Page) -> None:
    """The picture is in a post; below the fold it loads once it is scrolled to."""
    picture = page.locator(".post img[alt='shot.png']").last
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 40)


def test_a_pasted_picture_is_shown_in_the_preview_and_in_the_post(
    page: Page, area: Locator, give: Give, context: BrowserContext
) -> None:
    area.fill("Look: ")
    area.press("Control+End")
    with without_complaint(page):
        assert not give("paste", encoded(halves()))
        expect(status(page, "upload")).to_contain_text("shot.png is in your text. Write between the brackets")
    expect(area).to_have_value(re.compile(rf"^Look: {PICTURE}$"))
    expect(page.get_by_role("progressbar")).to_be_hidden()

    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator(".preview img")).to_have_js_property("naturalWidth", 40)
    page.get_by_role("button", name="Post your reply").click()
    expect(page.locator(".flash.posted")).to_be_visible()
    expect_picture(page)

    other = context.new_page()
    other.goto(TOPIC)
    expect_picture(other)


def test_files_one_after_the_other_stand_each_on_a_line_of_its_own(
    page: Page, area: Locator, give: Give
) -> None:
    for _ in range(2):
        give("paste", encoded(halves()))
        expect(status(page, "upload")).to_contain_text("shot.png is in your text.")
        expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(area).to_have_value(re.compile(rf"^{PICTURE}\n\n{PICTURE}$"))


def test_a_chosen_file_becomes_a_link_that_saves(page: Page, area: Locator) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add a file").click()
    chooser.value.set_files([LOG])
    expect(area).to_have_value(re.compile(r"^\[printer\.log \(1 kB\)\]\(/attachments/[0-9a-f]{32}\)$"))
    page.get_by_role("button", name="Post your reply").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="printer.log (1 kB)").last.click()
    assert download.value.suggested_filename == "printer.log"
    assert download.value.path().read_bytes() == b"It failed."


def test_a_failed_upload_says_why_and_leaves_the_text(page: Page, area: Locator, give: Give) -> None:
    area.fill("Keep these words.")
    area.select_text()
    with page.expect_response("**/attachments") as answer:
        give("drop", b"<svg/>", "evil.svg", "image/svg+xml")
    assert answer.value.status == 415
    expect(status(page, "upload")).to_contain_text("evil.svg cannot be added")
    expect(area).to_have_value("Keep these words.")


def test_an_upload_can_be_stopped_and_a_post_waits_for_it(page: Page, area: Locator, give: Give) -> None:
    waiting: list[Route] = []
    page.route("**/attachments", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright takes no built-in.
    area.fill("One. ")
    area.press("Control+End")
    give("paste", encoded(halves()))
    expect(area).to_have_value("One. ![Uploading shot.png…]()")
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    page.keyboard.type("Two.")
    page.get_by_role("button", name="Post your reply").click()
    expect(status(page, "upload")).to_contain_text("A file is still being uploaded.")
    page.get_by_role("button", name="Stop the upload").click()
    expect(status(page, "upload")).to_have_text("The upload was stopped, and your text is as it was.")
    expect(area).to_have_value("One. Two.")
    assert len(waiting) == 1


def test_cells_of_a_table_are_pasted_as_text(area: Locator, give: Give) -> None:
    assert give("paste", encoded(halves()), **{"text/html": "<table><tr><td>1</table>", "text/plain": "1"})
    expect(area).to_have_value("")


def test_a_draft_is_there_after_a_reload_and_in_another_browser(
    page: Page, area: Locator, open_browser: Open
) -> None:
    area.press_sequentially("Half a sentence")
    expect(status(page, "draft")).to_have_text("Draft saved")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []
    page.reload()
    expect(area).to_have_value("Half a sentence")
    expect(page.get_by_text("This is your draft, last saved:")).to_be_visible()

    elsewhere = open_browser().new_page()
    elsewhere.goto("/me/drafts/")
    elsewhere.get_by_role("link", name="Half a sentence").click()
    other = elsewhere.locator("textarea[name=body]")
    expect(other).to_have_value("Half a sentence")
    other.press("Control+End")
    other.press_sequentially(", and more")
    expect(status(elsewhere, "draft")).to_have_text("Draft saved")

    area.press("Control+Home")
    with page.expect_response("**/me/drafts/") as answer:
        area.press_sequentially("Older: ")
    assert answer.value.status == 409
    expect(status(page, "draft")).to_contain_text("in another window")
    expect(area).to_have_value("Older: Half a sentence")
    elsewhere.reload()
    expect(other).to_have_value("Half a sentence, and more")


def test_leaving_saves_the_last_words_and_posting_forgets_them(page: Page, area: Locator) -> None:
    area.fill("Last words")
    page.goto("/me/drafts/")
    for _ in range(20):  # They are sent as the page is left, and may arrive after the next one was asked for.
        if page.get_by_role("link", name="Last words").count():
            break
        page.reload()
    expect(page.get_by_role("link", name="Last words")).to_be_visible()
    page.goto(TOPIC)
    expect(area).to_have_value("Last words")
    page.get_by_role("button", name="Post your reply").click()
    expect(page.locator(".flash.posted")).to_be_visible()
    page.goto("/me/drafts/")
    expect(page.get_by_role("heading", name="No drafts")).to_be_visible()
    page.goto(TOPIC)
    expect(area).to_have_value("")


def test_what_the_server_did_not_get_stays_in_this_browser(open_browser: Open) -> None:
    page = open_browser().new_page()
    discard_all(page)
    page.goto(TOPIC)
    area = page.locator("textarea[name=body]")
    area.fill("Saved")
    expect(status(page, "draft")).to_have_text("Draft saved")
    page.route("**/me/drafts/", lambda route: route.abort())
    area.fill("Saved, and not saved")
    expect(status(page, "draft")).to_contain_text("Not saved: the site cannot be reached.")
    page.reload()
    expect(area).to_have_value("Saved")
    page.unroute("**/me/drafts/")
    page.get_by_role("button", name="Take it").click()
    expect(area).to_have_value("Saved, and not saved")
    expect(status(page, "draft")).to_have_text("Draft saved")


def test_without_javascript_files_and_drafts_have_buttons(open_browser: Open) -> None:
    plain = open_browser(scripts=False).new_page()
    discard_all(plain)
    plain.goto(TOPIC)
    area = plain.locator("textarea[name=body]")
    area.fill("It says:")
    plain.get_by_role("button", name="Save draft").click()
    expect(plain.locator(".flash")).to_have_text("Draft saved.")
    expect(area).to_have_value("It says:")
    plain.get_by_label("Add a file").set_input_files(LOG)
    plain.get_by_role("button", name="Add it to the text").click()
    expect(area).to_have_value(re.compile(r"^It says:\n\n\[printer\.log \(1 kB\)\]\(/attachments/"))
    plain.get_by_role("button", name="Discard the draft").click()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_role("link", name="It says:")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_a_form_with_a_draft_and_a_file_is_accessible_and_fits(
    page: Page, area: Locator, give: Give, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    area.fill("A draft. ")
    give("paste", encoded(halves(300, 120)))
    expect(status(page, "draft")).to_have_text("Draft saved")
    page.reload()
    give("paste", encoded(halves(300, 120)))
    expect(status(page, "upload")).to_contain_text("is in your text")
    page.evaluate(AXE_SCRIPT)
    assert violations_in_both_themes(page) == []
    page.screenshot(path=shots() / f"composer-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
