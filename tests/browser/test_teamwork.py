"""A plan as a team and its CS manager work on it, in real Chromium: goals, people, comments, who is stuck."""

import re
from datetime import timedelta
from typing import Final

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from portal.core.clock import utc_now
from tests.browser.conftest import PEOPLE, WIDE, sign_in, speak, without_complaint
from tests.browser.test_axe import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

WORDS: Final = {
    "en": {
        "plan": "Run the warehouse in Hakobu",
        "set goal": "Set a goal",
        "save goal": "Save the goal",
        "keep": "Keep the value",
        "reached": "This goal is reached.",
        "step": "Set reorder points for your ten fastest products",
        "take": "Take it on",
        "post": "Post it",
        "worst": "Worst step",
        "stuck": "Who is stuck here",
        "searched": "What they looked for meanwhile",
        "remind": "Remind them",
        "send": "Remind those ticked",
        "onboarding": "Onboarding",
        "tasks": "Tasks",
        "close": "Close the task",
        "closed": "The task is closed.",
        "reopen": "Undo",
        "renews": "renews on",
    },
    "ja": {
        "plan": "倉庫をハコブで回す",
        "set goal": "目標を設定する",
        "save goal": "目標を保存する",
        "keep": "値を記録する",
        "reached": "この目標を達成しました。",
        "step": "よく動く10商品に発注点を設定する",
        "take": "担当する",
        "post": "投稿する",
        "worst": "最も停滞しているステップ",
        "stuck": "ここで止まっている顧客企業",
        "searched": "その間に検索されたこと",
        "remind": "この人たちにリマインドする",
        "send": "選択した相手にリマインドを送る",
        "onboarding": "オンボーディング",
        "tasks": "タスク",
        "close": "タスクを完了にする",
        "closed": "タスクを完了にしました。",
        "reopen": "元に戻す",
        "renews": "契約更新",
    },
}
LANGUAGES: Final = tuple(WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_champion_sets_a_goal_and_reaches_it(chromium: Browser, site: str, language: str) -> None:
    words, page = WORDS[language], open_as("champion", chromium, site, language, "/onboarding/")
    plan = page.locator("section.plan").filter(has=page.get_by_role("heading", name=words["plan"]))
    plan.get_by_role("link", name=words["set goal"]).click()
    outcome = f"{language}: 10"
    page.locator("#outcome").fill(outcome)
    page.locator("#measure").fill("items")
    page.locator("#target").fill("10")
    page.locator("#due_on").fill((utc_now() + timedelta(days=30)).date().isoformat())
    page.locator("#kind").select_option("feature.used")
    page.locator("main form .disclosure summary").click()
    page.locator("#where").fill("export")
    page.get_by_role("button", name=words["save goal"]).click()
    expect(page.locator("#where-error")).to_be_visible()
    expect(page.locator("#outcome")).to_have_value(outcome)
    page.evaluate(AXE_SCRIPT)
    assert not violations(page)
    with without_complaint(page):
        page.locator("#kind").select_option("")
        page.locator("#where").fill("")
        page.get_by_role("button", name=words["save goal"]).click()
        page.locator("#value").fill("12")
        page.get_by_role("button", name=words["keep"]).click()
        expect(page.get_by_text(words["reached"])).to_be_visible()
        page.goto("/onboarding/")
        expect(page.get_by_role("link", name=outcome)).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_take_a_step_on_and_talk_about_it(chromium: Browser, site: str, language: str) -> None:
    words, page = WORDS[language], open_as("customer", chromium, site, language, "/onboarding/")
    with without_complaint(page):
        page.get_by_role("link", name=words["step"]).first.click()
        if page.get_by_role("button", name=words["take"]).count():
            page.get_by_role("button", name=words["take"]).click()
        expect(page.locator("section[aria-labelledby=people]")).to_contain_text("Kim Sato")
        said = f"Which **ten**? ({language})"
        page.locator("#body").fill(said)
        page.get_by_role("button", name=words["post"]).click()
        comment = page.locator(".comments > li", has_text=f"({language})")
        expect(comment.locator("strong")).to_have_text("ten")
        page.evaluate(AXE_SCRIPT)
        assert not violations(page)
    manager = open_as("staff", chromium, site, language, page.url)
    with without_complaint(manager):
        expect(manager.locator(".comments > li", has_text=f"({language})")).to_be_visible()
    for each in (page, manager):
        each.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_reach_the_worst_step_in_two_clicks_and_remind(
    chromium: Browser, site: str, language: str
) -> None:
    words, page = WORDS[language], open_as("staff", chromium, site, language, "/staff/")
    with without_complaint(page):
        page.locator(".doors").get_by_role("link", name=words["onboarding"]).click()
        page.locator("main p", has_text=words["worst"]).get_by_role("link").click()
        for heading in (words["stuck"], words["searched"]):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.evaluate(AXE_SCRIPT)
        assert not violations(page)
        page.get_by_role("link", name=words["remind"]).click()
        page.locator("tbody input[type=checkbox]").nth(LANGUAGES.index(language)).check()
        page.get_by_role("button", name=words["send"]).click()
        expect(page.locator(".flashes")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_close_the_task_of_a_renewal(chromium: Browser, site: str, language: str) -> None:
    words, page = WORDS[language], open_as("staff", chromium, site, language, "/staff/")
    with without_complaint(page):
        page.locator(".doors").get_by_role("link", name=words["tasks"], exact=True).click()
        page.get_by_role("link", name=re.compile(words["renews"])).click()
        page.locator("#body").fill("We meet.")
        page.get_by_role("button", name=words["close"]).click()
        expect(page.locator(".flashes")).to_contain_text(words["closed"])
        page.evaluate(AXE_SCRIPT)
        assert not violations(page)
        page.locator(".flashes").get_by_role("button", name=words["reopen"]).click()
        expect(page.locator("#body")).to_be_visible()
    page.context.close()


def open_as(reader: str, chromium: Browser, site: str, language: str, path: str) -> Page:
    """Open a page as one of the demo's people, in a language."""
    page = chromium.new_context(base_url=site, locale=language, viewport=WIDE).new_page()
    sign_in(page, PEOPLE[reader])
    speak(page, language)
    page.goto(path)
    return page
