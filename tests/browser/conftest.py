"""A served demo site and a real Chromium; skipped with a line saying how to get one where there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.site import free_port, running, serve_command

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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo site."""
    folder = tmp_path_factory.mktemp("demo site")
    port = free_port()
    command = [*serve_command(port), "--demo"]
    environment = {"PORTAL_DATA_DIR": str(folder), "PORTAL_DATABASE_URL": ""}
    with running(command, environment, port, "/healthz"):
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


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    """A fresh browser profile that speaks English."""
    context = chromium.new_context(base_url=site, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which an error of a script, or one blocked by the content security policy, fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if "Content Security" in message.text else None
    )
    yield page
    assert errors == []


def sign_in(page: Page, email: str) -> None:
    """Sign in as one of the demo's people."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").or_(page.get_by_label("メールアドレス")).fill(email)
    page.locator("input[name=password]").fill("engawa-demo")
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()


def shots() -> Path:
    """Return where screenshots go."""
    folder = Path(__file__).parent / "shots"
    folder.mkdir(exist_ok=True)
    return folder
