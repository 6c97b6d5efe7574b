"""A served demo site and a real Chromium; skipped with a line saying how to get one where there is none."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from flask_migrate import upgrade
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    sync_playwright,
)

from bench.site import free_port, running, serve_command
from portal import demo_site
from portal.app import create_app
from portal.core.db import db
from portal.demo import build
from tests.conftest import make_settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE: ViewportSize = {"width": 1280, "height": 900}
LANGUAGES = {"en": "English", "ja": "日本語"}
PEOPLE = {
    "customer": "customer@demo.example",
    "champion": "champion@demo.example",
    "peer": "peer@demo.example",
    "stuck": "iverson@tidewater.example",
    "staff": "staff@demo.example",
    "admin": "admin@demo.example",
}

Visit = Callable[[str, str], Page]


@pytest.fixture(scope="session")
def demo(run_folder: Path, testrun_uid: str) -> Path:
    """The data of a demo site, made once for all processes of a test run."""
    folder = run_folder / f"demo {testrun_uid}"
    with (run_folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not build.is_demo(folder):
            with create_app(make_settings(folder, PORTAL_DATABASE_URL="")).app_context():
                upgrade()
                demo_site.fill()
                db.engine.dispose()
    return folder


@pytest.fixture(scope="module")
def site(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo site that only the tests of one file use and change."""
    folder = tmp_path_factory.mktemp("served") / "demo site"
    shutil.copytree(demo, folder)
    port = free_port()
    environment = {"PORTAL_DATA_DIR": str(folder), "PORTAL_DATABASE_URL": ""}
    with running(serve_command(port), environment, port, "/healthz"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(chromium: Browser, site: str) -> Visit:
    """Open the page of a reader who reads in a language; later visits use the same."""

    @cache
    def open_page(reader: str, language: str) -> Page:
        page = chromium.new_context(base_url=site, locale=language, viewport=WIDE).new_page()
        if reader != "visitor":
            sign_in(page, PEOPLE[reader])
            speak(page, language)
        return page

    return open_page


GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx writes when typing on makes a request needless."""


@contextmanager
def without_complaint(page: Page) -> Iterator[None]:
    """Fail when a script fails meanwhile, or the content security policy has to stop something."""
    complaints: list[str] = []

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and message.text not in GIVEN_UP:
            complaints.append(message.text)

    page.on("pageerror", note_error)
    page.on("console", note_message)
    yield
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note_message)
    assert complaints == []


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    """A fresh browser profile that speaks English."""
    context = chromium.new_context(base_url=site, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which the error of a script fails the test."""
    page = context.new_page()
    with without_complaint(page):
        yield page


def sign_in(page: Page, email: str) -> None:
    """Sign in as one of the demo's people."""
    page.goto("/sign-in")
    page.locator("main input[name=email]").fill(email)
    page.locator("main input[name=password]").fill("engawa-demo")
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()


def speak(page: Page, language: str) -> None:
    """Choose the language to read in."""
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    page.wait_for_load_state()


def shots() -> Path:
    """Return where screenshots go."""
    folder = Path(__file__).parent / "shots"
    folder.mkdir(exist_ok=True)
    return folder
