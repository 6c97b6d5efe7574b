"""A checklist as its champion works through it, in real Chromium: days that push others, and a quiz."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.app import create_app
from portal.core.clock import utc_now
from portal.core.db import db
from portal.onboarding import service
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.service import MapDraft, StepDraft
from portal.onboarding.models import Instrument, Owner, StepRole
from tests.browser.conftest import PEOPLE, WIDE, sign_in, speak, without_complaint
from tests.browser.test_axe import violations
from tests.conftest import make_settings

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

LANGUAGES: Final = ("en", "ja")
SET_UP: Final = {"en": "Set up", "ja": "準備"}
GO_LIVE: Final = {"en": "Go live", "ja": "本番開始"}
QUIZ: Final = {
    "en": [
        {"text": "Who closes the month?", "answers": ["The office", "The warehouse"], "right": 0},
        {"text": "On which day?", "answers": ["The first", "The last", "Any"], "right": 1},
    ],
    "ja": [
        {"text": "締め処理は誰が行いますか？", "answers": ["事務所", "倉庫"], "right": 0},
        {"text": "いつ行いますか？", "answers": ["1日", "末日", "いつでも"], "right": 1},
    ],
}
STEPS: Final = (
    StepDraft(
        titles={"en": "Prepare your site", "ja": "サイトを準備する"},
        stage=SET_UP,
        owner=Owner.VENDOR,
        due_after_days=2,
    ),
    StepDraft(
        titles={"en": "Agree on closing dates", "ja": "締め日を決める"},
        reasons={
            "en": "Invoices come out right only when closing dates are.",
            "ja": "締め日が正しければ、請求書も正しく発行されます。",
        },
        stage=SET_UP,
        instrument=Instrument.BOARD,
        reference="how-to",
        role=StepRole.ADMIN,
        due_after_days=4,
    ),
    StepDraft(
        titles={"en": "Close a month", "ja": "月次の締めを行う"},
        stage=GO_LIVE,
        due_after_days=5,
        counted_from="s2",
        needs=("s2",),
    ),
    StepDraft(
        titles={"en": "Know how closing works", "ja": "締め処理を理解する"},
        reasons={"en": "So that it goes right the first time.", "ja": "初回から迷わず進められます。"},
        stage=GO_LIVE,
        instrument=Instrument.QUIZ,
        quiz=QUIZ,
        due_after_days=8,
    ),
)
NEW: Final = StepDraft(
    titles={"en": "Tell others how it went", "ja": "経験を共有する"}, due_after_days=20, is_required=False
)
TEAMS: Final = {"en": "Osaka", "ja": "京都"}
STARTS_ON: Final = date(2030, 1, 7)
WORDS: Final = {
    "en": {
        "choose": "Choose another day",
        "show": "Show what changes",
        "end": "The end moves from",
        "save": "Save",
        "saved": "The day is saved.",
        "done": "Mark as done",
        "quiz": "Take the quiz",
        "check": "Check my answers",
        "wrong": "One answer is not right yet.",
        "passed": "One step further.",
        "look": "See what moving to it changes",
        "move": "Move the checklist",
        "moved": "The checklist follows the new version of its map.",
    },
    "ja": {
        "choose": "日付を変更する",
        "show": "何が変わるかを見る",
        "end": "終了日は",
        "save": "保存する",
        "saved": "日付を保存しました。",
        "done": "完了にする",
        "quiz": "クイズに答える",
        "check": "答え合わせをする",
        "wrong": "まだ正しくない答えが1件あります。",
        "passed": "一歩前進しました。",
        "look": "移行すると何が変わるかを見る",
        "move": "チェックリストを移行する",
        "moved": "チェックリストを新しいバージョンに移行しました。",
    },
}


@contextmanager
def more_of(demo: Path, folder: Path) -> Iterator[None]:
    """Copy a demo site, and go on in the copy."""
    shutil.copytree(demo, folder)
    with create_app(make_settings(folder, PORTAL_DATABASE_URL="")).app_context():
        yield
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def start_plans() -> None:
    """Give a team of the demo's account a checklist for each language, of a map that has a newer version."""
    session = db.session()
    names = MapDraft(names={"en": "Closing the month", "ja": "月次締め"})
    success_map = maps.add_map(session, actor=SYSTEM, draft=names)
    for step in STEPS:
        maps.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=step)
    maps.publish(session, actor=SYSTEM, map_id=success_map.id, now=utc_now())
    account_id = session.scalars(select(Account.id).where(Account.external_id == "acme")).one()
    for team in TEAMS.values():
        service.start_checklist(
            session,
            actor=SYSTEM,
            account_id=account_id,
            map_id=success_map.id,
            started_on=STARTS_ON,
            team=team,
        )
    maps.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=NEW)
    maps.publish(session, actor=SYSTEM, map_id=success_map.id, now=utc_now())


@pytest.fixture(scope="module")
def demo(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data, with these checklists."""
    folder = tmp_path_factory.mktemp("plans") / "demo site"
    with more_of(demo, folder):
        start_plans()
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_day_is_chosen_after_a_look_at_what_it_pushes(
    chromium: Browser,
    site: str,
    language: str,
    scripts: bool,  # noqa: FBT001  # Named by pytest.
) -> None:
    words = WORDS[language]
    day, shown = ("2030-01-16", "16") if scripts else ("2030-01-18", "18")
    page = onboarding_of("champion", chromium, site, language, scripts=scripts)
    with without_complaint(page):
        plan(page, language).locator(".next-step").get_by_role("link", name=words["choose"]).click()
        page.locator("#day").fill(day)
        page.get_by_role("button", name=words["show"]).click()
        changes = page.locator("section[aria-labelledby=changes]")
        expect(changes.get_by_role("listitem")).to_have_count(2)
        expect(changes.get_by_role("listitem").nth(1)).to_contain_text(STEPS[2].titles[language])
        expect(changes).to_contain_text(words["end"])
        page.get_by_role("button", name=words["save"], exact=True).click()
        expect(page.locator(".flashes")).to_contain_text(words["saved"])
        due = plan(page, language).locator(".next-step time[datetime]")
        expect(due).to_have_attribute("datetime", day)
        expect(due).to_contain_text(shown)
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quiz_is_taken_by_keyboard(chromium: Browser, site: str, language: str) -> None:
    words = WORDS[language]
    page = onboarding_of("champion", chromium, site, language)
    link = plan(page, language).get_by_role("link", name=re.compile(words["quiz"])).first
    link.focus()
    page.keyboard.press("Enter")
    questions = page.locator("fieldset")
    expect(questions).to_have_count(2)
    answer(page, 0, 0)
    answer(page, 1, 0)
    page.get_by_role("button", name=words["check"]).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(words["wrong"])
    page.evaluate(AXE_SCRIPT)
    assert not violations(page)
    expect(questions.nth(0).get_by_role("radio").nth(0)).to_be_checked()
    page.get_by_role("alert").get_by_role("link").press("Enter")
    answer(page, 1, 1)
    page.get_by_role("button", name=words["check"]).press("Enter")
    expect(page.locator(".flashes")).to_contain_text(words["passed"])
    done = plan(page, language).locator("li.done")
    expect(done).to_contain_text(STEPS[3].titles[language])
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_move_a_checklist_after_a_look_at_what_changes(
    chromium: Browser, site: str, language: str
) -> None:
    words = WORDS[language]
    page = onboarding_of("staff", chromium, site, language)
    with without_complaint(page):
        page.get_by_role("row", name=re.compile(TEAMS[language])).get_by_role("link").click()
        page.get_by_role("link", name=words["look"]).click()
        expect(page.locator("main li", has_text=NEW.titles[language])).to_be_visible()
        page.evaluate(AXE_SCRIPT)
        assert not violations(page)
        page.get_by_role("button", name=words["move"]).click()
        expect(page.locator(".flashes")).to_contain_text(words["moved"])
        expect(page.locator(".path > li", has_text=NEW.titles[language])).to_be_visible()
        expect(page.get_by_role("link", name=words["look"])).to_have_count(0)
    page.context.close()


def onboarding_of(reader: str, chromium: Browser, site: str, language: str, *, scripts: bool = True) -> Page:
    """Open the onboarding of one of the demo's people in a language."""
    context = chromium.new_context(base_url=site, locale=language, viewport=WIDE, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, PEOPLE[reader])
    speak(page, language)
    page.goto("/onboarding/")
    return page


def plan(page: Page, language: str) -> Locator:
    """Return the part of the page that shows this language's checklist."""
    return page.locator("main section").filter(
        has=page.get_by_role("heading", level=2, name=re.compile(TEAMS[language]))
    )


def answer(page: Page, question: int, choice: int) -> None:
    """Choose an answer by keyboard alone."""
    radios = page.locator("fieldset").nth(question).get_by_role("radio")
    radios.nth(0).focus()
    page.keyboard.press("Space")
    for _ in range(choice):
        page.keyboard.press("ArrowDown")
    expect(radios.nth(choice)).to_be_checked()
