"""The community by keyboard alone, on a wide screen and on a phone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import PEOPLE, WIDE, sign_in, speak, without_complaint

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

MOST_TABS = 150
PHONE: ViewportSize = {"width": 320, "height": 640}
QUESTION = "Which drawer takes the purple customs seals?"
BODY = "The manual names no drawer for them, and the upper one is too narrow."
ANSWER = "The third drawer does, once you take the divider out."
ADVERT = "Nothing to see here, only noise."
WORDS = {
    "en": {
        "ask": "Ask a question",
        "solved it": "This solved it",
        "post": "Post it",
        "reply": "Post your reply",
        "accepted": "Accepted answer",
        "watch": "Watch this",
        "watching": "Watching",
        "report": "Report",
        "send": "Send to a moderator",
        "remove": "Remove",
        "useful": "Useful",
    },
    "ja": {
        "ask": "質問する",
        "solved it": "これで解決した",
        "post": "投稿する",
        "reply": "返信を投稿する",
        "accepted": "解決した回答",
        "watch": "フォローする",
        "watching": "フォロー中",
        "report": "報告する",
        "send": "モデレーターに報告する",
        "remove": "削除する",
        "useful": "役に立った",
    },
}

Open = Callable[[str], Page]


@pytest.fixture(params=[("en", WIDE), ("ja", PHONE)], ids=["wide", "phone"])
def seen_in(request: pytest.FixtureRequest) -> tuple[str, ViewportSize]:
    """A language, and a size of screen in pixels."""
    found: tuple[str, ViewportSize] = request.param
    return found


@pytest.fixture
def words(seen_in: tuple[str, ViewportSize]) -> dict[str, str]:
    """What buttons and links are called in the language."""
    return WORDS[seen_in[0]]


@pytest.fixture
def as_(chromium: Browser, site: str, seen_in: tuple[str, ViewportSize]) -> Iterator[Open]:
    """Opens a page of someone, who reads in the language on the screen."""
    language, viewport = seen_in
    contexts = []

    def open_page(reader: str) -> Page:
        contexts.append(chromium.new_context(base_url=site, locale=language, viewport=viewport))
        page = contexts[-1].new_page()
        sign_in(page, PEOPLE[reader])
        speak(page, language)
        return page

    yield open_page
    for context in contexts:
        context.close()


def reach(page: Page, target: Locator) -> None:
    """Go on with the Tab key until a thing has the focus; it then has to be on the screen, and show it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("item => item === document.activeElement"):
            break
    expect(target).to_be_focused()
    expect(target).to_be_in_viewport()
    assert target.evaluate("item => getComputedStyle(item).outlineStyle !== 'none'")


def press(page: Page, target: Locator) -> None:
    """Do what a button, a link or a disclosure is for, by keyboard."""
    reach(page, target)
    page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Type into a field of the form in the main part, by keyboard."""
    reach(page, page.locator(f"main [name={name}]"))
    page.keyboard.insert_text(text)


def go(page: Page, path: str) -> None:
    """Open a page, and see that nothing on it is wider than the screen."""
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def ask(page: Page, words: dict[str, str]) -> str:
    """Ask the question; return the address of its topic."""
    go(page, "/community/")
    press(page, page.locator("main").get_by_role("link", name=words["ask"]).first)
    page.wait_for_url(re.compile("/community/topics/new"))
    write(page, "title", QUESTION)
    write(page, "body", BODY)
    press(page, page.get_by_role("button", name=words["post"], exact=True))
    page.wait_for_url(re.compile(r"/community/topics/\d+-"))
    expect(page.locator("main")).to_contain_text(BODY)
    return page.url


def reply(page: Page, topic: str, text: str, words: dict[str, str]) -> Locator:
    """Write a reply; return the post that it became."""
    go(page, topic)
    write(page, "body", text)
    press(page, page.get_by_role("button", name=words["reply"]))
    post = page.locator(".post", has_text=text)
    expect(post).to_be_visible()
    return post


def test_what_answers_it_already_is_opened_in_place_and_closes_the_draft(
    as_: Open, words: dict[str, str]
) -> None:
    page = as_("customer")
    with without_complaint(page):
        go(page, "/community/topics/new")
        write(page, "title", "csv export encoding 文字化け")
        first = page.locator("#similar details summary").first
        expect(first).to_be_visible()
        write(page, "body", "Nobody needs to read this.")
        page.locator("body").evaluate("() => document.activeElement.blur()")
        press(page, first)
        solved = page.locator("#similar details[open]").get_by_role("button", name=words["solved it"])
        expect(solved).to_be_visible()
        press(page, solved)
        expect(page.locator(".flashes .flash").first).to_be_visible()

        go(page, "/community/topics/new")
        expect(page.locator("main [name=body]")).to_have_value("")
        expect(page.locator("main [name=title]")).to_have_value("")


def test_from_a_question_to_its_solution(as_: Open, words: dict[str, str]) -> None:
    asker, helper, reader = as_("customer"), as_("peer"), as_("stuck")
    with without_complaint(asker), without_complaint(helper), without_complaint(reader):
        topic = ask(asker, words)

        go(reader, topic)
        press(reader, reader.get_by_role("button", name=words["watch"], exact=True))
        expect(reader.get_by_role("button", name=words["watching"], exact=True)).to_be_visible()

        reply(helper, topic, ANSWER, words)

        go(asker, topic)
        post = asker.locator(".post", has_text=ANSWER)
        press(asker, post.get_by_role("button", name=re.compile(words["useful"])))
        expect(post.get_by_role("button", name=re.compile(words["useful"]))).to_have_attribute(
            "aria-pressed", "true"
        )
        press(asker, post.get_by_role("button", name=words["solved it"]))
        expect(asker.locator(".post.accepted")).to_contain_text(ANSWER)

        go(reader, topic)
        expect(reader.locator(".post.accepted")).to_contain_text(words["accepted"])
        for page in (helper, reader):
            heard_of(page, QUESTION)


def heard_of(page: Page, title: str) -> None:
    """Look into the inbox until the worker has put something of a topic there."""
    go(page, "/me/notifications/")
    for _ in range(100):
        if page.locator("main").get_by_text(title).count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator("main")).to_contain_text(title)


def test_what_a_reader_reports_a_moderator_takes_away_and_puts_back(as_: Open, words: dict[str, str]) -> None:
    asker, noisy, reader, staff = as_("customer"), as_("peer"), as_("stuck"), as_("staff")
    with without_complaint(asker), without_complaint(reader), without_complaint(staff):
        topic = ask(asker, words)
        reply(noisy, topic, ADVERT, words)

        go(reader, topic)
        post = reader.locator(".post", has_text=ADVERT)
        press(reader, post.locator("summary", has_text=words["report"]))
        reach(reader, post.locator("select[name=reason]"))
        press(reader, post.get_by_role("button", name=words["send"]))
        expect(reader.locator(".flashes .flash").first).to_be_visible()

        go(staff, "/community/moderation/")
        case = staff.locator("article.card", has_text=ADVERT)
        press(staff, case.get_by_role("button", name=words["remove"], exact=True))
        expect(case).to_have_count(0)

        go(reader, topic)
        expect(reader.locator("main")).to_contain_text(BODY)
        expect(reader.locator("main")).not_to_contain_text(ADVERT)

        go(staff, topic)
        removed = staff.locator(".post", has_text=ADVERT)
        press(staff, removed.locator(".removed button"))
        expect(staff.locator(".post", has_text=ADVERT).locator(".removed")).to_have_count(0)
        go(reader, topic)
        expect(reader.locator("main")).to_contain_text(ADVERT)
