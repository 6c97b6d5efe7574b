"""Writing an article in real Chromium: tools, pictures by paste and drop, a live preview; nothing is lost."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, StorageState, expect

from tests.browser.conftest import PEOPLE, shots, sign_in
from tests.browser.test_axe import violations_in_both_themes
from tests.files.pictures import MP4, encoded, halves

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

NEW: Final = "/staff/articles/new?language=en"
OTHER: Final = "/staff/articles/new?language=ja"  # Has the drafts of one test only.
TRANSFER: Final = """(area, [kind, files, texts]) => {
    const data = new DataTransfer();
    for (const [name, type, content] of files) {
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    for (const [type, text] of Object.entries(texts)) data.setData(type, text);
    const about = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    const event = kind === "paste" ? new ClipboardEvent(kind, about) : new DragEvent(kind, about);
    return area.dispatchEvent(event);
}"""
PICTURE: Final = re.compile(r"!\[\]\(/files/[0-9a-f]{40}\)")

FILE: Final[FilePayload] = {"name": "a.png", "mimeType": "image/png", "buffer": encoded(halves())}

Give = Callable[..., bool]


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: str) -> StorageState:
    """What the browser of staff keeps."""
    context = chromium.new_context(base_url=site, locale="en-US")
    sign_in(context.new_page(), PEOPLE["staff"])
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(chromium: Browser, site: str, signed_in: StorageState) -> Iterator[Page]:
    """A page on which staff write an article."""
    context = chromium.new_context(base_url=site, locale="en-US", storage_state=signed_in)
    page = context.new_page()
    page.goto(NEW)
    expect(page.get_by_role("toolbar")).to_be_visible()
    yield page
    context.close()


@pytest.fixture
def area(page: Page) -> Locator:
    return page.locator("textarea[name=body]")


@pytest.fixture
def give(area: Locator) -> Give:
    """Paste or drop files; False if the page took them."""

    def run(kind: str, *contents: bytes, name: str = "shot.png", **texts: str) -> bool:
        files = [(name, "image/png", base64.b64encode(content).decode()) for content in contents]
        return bool(area.evaluate(TRANSFER, [kind, files, texts]))

    return run


def put(area: Locator, text: str) -> None:
    """Write a text in which ‸ stands before and behind the selection, or once for the caret."""
    area.fill(text.replace("‸", ""))
    start, end = text.index("‸"), text.rindex("‸")
    area.evaluate("(area, [start, end]) => area.setSelectionRange(start, end)", [start, max(start, end - 1)])
    area.focus()


def seen(area: Locator) -> str:
    """Return the text with ‸ around the selection, or once at the caret."""
    value = area.input_value()
    start, end = area.evaluate("area => [area.selectionStart, area.selectionEnd]")
    return f"{value[:start]}‸{value[start:end]}{'‸' if end > start else ''}{value[end:]}"


def test_a_pasted_picture_is_uploaded_and_described(page: Page, area: Locator, give: Give) -> None:
    put(area, "Look: ‸ There.")
    assert not give("paste", encoded(halves()))
    dialog = page.get_by_role("dialog", name="What does it show?")
    expect(dialog.get_by_label("Description")).to_be_focused()
    expect(area).to_have_value(re.compile(rf"^Look: {PICTURE.pattern} There\.$"))
    expect(dialog.locator("img")).to_have_js_property("naturalWidth", 40)
    page.keyboard.type("Halves [red, blue]")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(area).to_have_value(
        re.compile(r"^Look: !\[Halves \\\[red, blue\\\]\]\(/files/[0-9a-f]{40}\) There\.$")
    )
    expect(area).to_be_focused()
    image = page.locator(".editor .preview img")
    expect(image).to_have_attribute("alt", "Halves [red, blue]")
    expect(image).to_have_attribute("width", "40")
    expect(image).to_have_attribute("height", "20")
    expect(page.locator("[data-status]")).to_have_text("The file is in your text.")


def test_what_is_written_meanwhile_stays_and_everything_can_be_undone(
    page: Page, area: Locator, give: Give
) -> None:
    waiting: list[Route] = []
    page.route("**/files", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright takes no built-in.
    put(area, "One. ‸")
    give("paste", encoded(halves()))
    expect(page.locator("[data-status]")).to_have_text("Uploading shot.png…")
    expect(area).to_have_value("One. ![Uploading shot.png…]()")
    page.keyboard.type(" Two.")
    page.get_by_label("Title").fill("A title")
    waiting[0].continue_()
    page.get_by_role("button", name="Without one").click()
    expect(page.get_by_label("Title")).to_be_focused()
    expect(area).to_have_value(re.compile(rf"^One\. {PICTURE.pattern} Two\.$"))
    area.focus()
    assert seen(area).endswith(" Two.‸")
    wanted = ["One. ![Uploading shot.png…]() Two.", "One. ![Uploading shot.png…]()", "One. "]
    undone = []
    for _ in range(12):
        page.keyboard.press("Control+z")
        undone.append(area.input_value())
    assert [text for text in dict.fromkeys(undone) if text in wanted] == wanted


def test_several_dropped_pictures_come_one_after_the_other(page: Page, area: Locator, give: Give) -> None:
    put(area, "‸")
    assert not give("dragover", encoded(halves()))
    assert not give("drop", encoded(halves()), encoded(halves(30, 10)))
    for words in ("First", "Second"):
        field = page.get_by_role("dialog").get_by_label("Description")
        expect(field).to_be_focused()
        expect(field).to_have_value("")
        field.fill(words)
        page.get_by_role("button", name="Add the description").click()
        expect(area).to_have_value(re.compile(rf"!\[{words}\]"))
    expect(page.locator(".editor .preview img")).to_have_count(2)


def test_escape_leaves_a_picture_without_a_description_and_the_preview_says_so(
    page: Page, area: Locator, give: Give
) -> None:
    put(area, "‸")
    give("paste", encoded(halves()))
    expect(page.get_by_role("dialog").get_by_label("Description")).to_be_focused()
    page.keyboard.type("No")
    page.keyboard.press("Escape")
    expect(area).to_have_value(PICTURE)
    expect(page.locator(".editor .preview")).to_contain_text("1 picture has no description.")


def test_cells_of_a_table_are_pasted_as_text(area: Locator, give: Give) -> None:
    put(area, "‸")
    texts = {"text/html": "<table><tr><td>1</table>", "text/plain": "1"}
    assert give("paste", encoded(halves()), **texts)
    expect(area).to_have_value("")


def test_a_failed_upload_leaves_the_text_as_it_was(page: Page, area: Locator, give: Give) -> None:
    put(area, "Keep ‸these words‸ here.")
    give("paste", b"\x89PNG\r\n\x1a\n damaged")
    status = page.get_by_role("status")
    expect(status.filter(has_text="shot.png is damaged. Open it in an image program")).to_be_visible()
    expect(area).to_have_value("Keep these words here.")

    page.route("**/files", lambda route: route.abort())
    give("paste", encoded(halves()))
    expect(status.filter(has_text="The upload failed, and your text is as it was.")).to_be_visible()
    expect(area).to_have_value(re.compile("Keep these words here"))


@pytest.mark.parametrize(
    ("tool", "before", "after"),
    [
        ("Bold", "a ‸b‸ c", "a **‸b‸** c"),
        ("Bold", "a **‸b‸** c", "a ‸b‸ c"),
        ("Italic", "a ‸", "a *‸*"),
        ("Italic", "a **‸b‸**", "a ***‸b‸***"),
        ("Italic", "a ***‸b‸***", "a **‸b‸**"),
        ("Link", "see ‸here‸.", "see [here](‸https://‸)."),
        ("Link", "see ‸", "see [‸](https://)"),
        ("Heading", "a\nb‸b\nc", "a\n## bb‸\nc"),
        ("Heading", "## b‸", "b‸"),
        ("List", "‸a\nb\n‸c", "‸- a\n- b‸\nc"),
        ("Steps", "‸a\nb‸", "‸1. a\n2. b‸"),
        ("Steps", "‸1. a\n2. b‸", "‸a\nb‸"),
        ("Quote", "a‸", "> a‸"),
        ("Callout", "‸", "> [!NOTE]\n> ‸"),
        ("Callout", "‸> [!NOTE]\n> a‸", "‸a‸"),
        ("Code", "a\n‸b‸\nc", "a\n\n```\n‸b‸\n```\n\nc"),
        ("Table", "‸", "| ‸ |  |\n| --- | --- |\n|  |  |\n\n"),
        ("Only for some readers", "‸a‸", ":::only plan=team\n‸a‸\n:::\n\n"),
        ("Footnote", "a[^1] b‸ c\n\n[^1]: x\n", "a[^1] b[^2] c\n\n[^1]: x\n\n[^2]: ‸"),
    ],
)
def test_tools_write_markdown_and_take_it_back(
    page: Page, area: Locator, tool: str, before: str, after: str
) -> None:
    put(area, before)
    page.get_by_role("button", name=tool, exact=True).click()
    assert seen(area) == after
    expect(area).to_be_focused()
    if before.replace("‸", ""):
        page.keyboard.press("Control+z")
        expect(area).to_have_value(before.replace("‸", ""))


def go_back_to(page: Page, tool: str) -> None:
    """Press Shift+Tab until a tool has the focus: four stops at most, whatever stands between."""
    button = page.get_by_role("button", name=tool, exact=True)
    for _ in range(4):
        if button.evaluate("button => button !== document.activeElement"):
            page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()


def test_the_toolbar_is_used_by_keyboard_alone(page: Page, area: Locator) -> None:
    put(area, "‸word‸")
    go_back_to(page, "Bold")
    for key, tool in (
        ("ArrowLeft", "Video"),
        ("ArrowRight", "Bold"),
        ("ArrowRight", "Italic"),
        ("End", "Video"),
    ):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=tool, exact=True)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert seen(area) == "**‸word‸**"
    page.keyboard.press("Tab")
    expect(page.locator(".editor .preview")).to_be_focused()
    go_back_to(page, "Bold")


@pytest.mark.parametrize(
    ("key", "after"), [("b", "**‸word‸**"), ("i", "*‸word‸*"), ("k", "[word](‸https://‸)")]
)
def test_shortcuts(area: Locator, page: Page, key: str, after: str) -> None:
    put(area, "‸word‸")
    page.keyboard.press(f"Control+{key}")
    assert seen(area) == after


def test_a_picture_is_chosen_with_the_toolbar(page: Page, area: Locator) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Picture", exact=True).click()
    chooser.value.set_files(FILE)
    page.get_by_role("button", name="Without one").click()
    expect(area).to_have_value(PICTURE)


def test_the_preview_follows_and_keeps_its_place(page: Page, area: Locator) -> None:
    preview = page.locator(".editor .preview")
    area.fill("## First\n\n" + "Words.\n\n" * 80)
    expect(preview.locator("h2")).to_have_text("First")
    preview.evaluate("preview => preview.scrollTo(0, 700)")
    area.press("Control+End")
    area.press_sequentially("> [!TIP]\n> Last")
    expect(preview.locator(".callout-tip")).to_have_text("Last")
    assert preview.evaluate("preview => preview.scrollTop") == 700
    assert preview.get_attribute("aria-live") == "off"


def test_drafts_are_kept_while_writing_and_on_leaving(page: Page, area: Locator) -> None:
    page.clock.install()
    page.goto(OTHER)
    status = page.locator("[data-status]")
    page.route("**/draft", lambda route: route.fulfill(status=503))
    page.get_by_label("Title").fill("Labels")
    page.clock.run_for(5_000)
    expect(status).to_contain_text("Your draft could not be saved.")
    page.unroute("**/draft")
    with page.expect_response("**/draft"):
        page.clock.run_for(5_000)
    expect(status).to_have_text(re.compile(r"^Saved as your draft at \d\d:\d\d"))

    area.fill("Half a sentence")
    page.goto("/staff/")
    page.goto(OTHER)
    page.get_by_role("link", name="Continue with it").click()
    expect(page.get_by_label("Title")).to_have_value("Labels")
    expect(area).to_have_value("Half a sentence")
    page.goto(OTHER)
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_role("button", name="Discard it")).to_have_count(0)
    expect(area).to_have_value("")


def test_a_snippet_is_inserted(page: Page, area: Locator) -> None:
    page.goto("/staff/snippets/?name=reach-us")
    page.get_by_label("Text in English").fill("Write to **us**.")
    page.get_by_role("button", name="Add").click()
    page.goto(NEW)
    put(area, "Late? ‸")
    page.get_by_label("Snippet", exact=True).select_option("reach-us")
    page.get_by_role("button", name="Insert the snippet").click()
    assert seen(area) == "Late? {{snippet:reach-us}}‸"
    expect(page.locator(".editor .preview strong")).to_have_text("us")


def test_a_video_stands_alone_in_the_text(page: Page, area: Locator) -> None:
    put(area, "Watch: ‸this‸ first.")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Video", exact=True).click()
    chooser.value.set_files({"name": "tour.mp4", "mimeType": "video/mp4", "buffer": MP4})
    page.get_by_role("dialog").get_by_label("Description").fill("The tour")
    expect(page.get_by_role("dialog").locator("img")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(area).to_have_value(
        re.compile(r"^Watch: this\n\n!\[The tour\]\(/files/[0-9a-f]{40}\.mp4\)\n\n first\.$")
    )
    expect(page.locator(".editor .preview figure.video")).to_contain_text("The tour")


@pytest.mark.parametrize("width", [1280, 320])
def test_the_editor_and_its_dialog_are_accessible(page: Page, area: Locator, give: Give, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    area.fill("## Print a label\n\n1. Open **Orders**.\n2. Choose *Print*.\n\n> [!TIP]\n> Use A6 paper.\n")
    expect(page.locator(".editor .preview h2")).to_be_visible()
    page.evaluate(AXE_SCRIPT)
    found = violations_in_both_themes(page)
    page.screenshot(path=shots() / f"editor-{width}-dark.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.screenshot(path=shots() / f"editor-{width}-light.png", full_page=True)
    area.press("Control+End")
    give("paste", encoded(halves(300, 120)))
    expect(page.get_by_role("dialog")).to_be_visible()
    found += violations_in_both_themes(page)
    page.screenshot(path=shots() / f"editor-{width}-dialog.png")
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def plain(chromium: Browser, site: str, signed_in: StorageState) -> Iterator[Page]:
    """A page of staff whose browser runs no JavaScript."""
    context = chromium.new_context(
        base_url=site, locale="en-US", storage_state=signed_in, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def test_without_javascript_there_are_a_preview_and_a_page_for_files(plain: Page) -> None:
    plain.goto(NEW)
    expect(plain.get_by_role("toolbar")).to_have_count(0)
    plain.get_by_role("link", name="Add a picture or a video").click()
    plain.get_by_label("File").set_input_files(FILE)
    plain.get_by_label("Description").fill("Two halves")
    plain.get_by_role("button", name="Add it").click()
    line = plain.get_by_label("Copy this line").input_value()
    plain.goto(NEW)
    plain.locator("textarea[name=body]").fill(f"**Bold** {line}")
    plain.get_by_role("button", name="Preview").click()
    expect(plain.locator("main .preview strong")).to_have_text("Bold")
    expect(plain.locator("main .preview img")).to_have_attribute("alt", "Two halves")
