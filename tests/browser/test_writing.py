"""What Markdown can say, in real Chromium: videos that wait for their reader, and all else on one page."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.base import AXE_SCRIPT
from flask_migrate import upgrade
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from bench.site import free_port, running, serve_command
from portal.accounts.actors import SYSTEM
from portal.app import create_app
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.files import service as files
from portal.files.rules import path_of
from portal.knowledge import service
from portal.knowledge.models import ArticleStatus
from portal.knowledge.paths import path_of_article
from portal.knowledge.publishing import Text
from portal.knowledge.service import Place
from portal.knowledge.structure import sections
from portal.knowledge.structure.sections import SectionDraft
from tests.browser.conftest import WIDE, shots
from tests.browser.test_axe import violations_in_both_themes
from tests.conftest import make_settings

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

BODY = """\
## Watch

[How to print](https://youtu.be/watched0000)

[How to skip](https://youtu.be/skipped0000)

[How to pack](https://vimeo.com/76979871)

![How to send]({own})

## Do

1. Open **Print**.
2. Choose a label[^1].

   ```sh
   print --all
   ```

> [!TIP]
> Print twice.

:::only plan=business
:::only version>=2.1
## Only for some
:::
:::

| Key | Does |
| --- | --- |
| `p` | prints |

![A plan](https://img.example/plan.png)

[^1]: The *small* one.
"""
RECORD = """async () => {
  const canvas = document.createElement("canvas");
  const draw = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: "video/webm;codecs=vp8"});
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  recorder.start();
  for (let frame = 0; frame < 30; frame++) {
    draw.fillStyle = `rgb(${frame * 8} 0 0)`;
    draw.fillRect(0, 0, 64, 64);
    await new Promise((done) => setTimeout(done, 40));
  }
  await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""
PLAYER = """<!doctype html><script>
  const tell = (message) => parent.postMessage(message, "*");
  const times = %s;
  addEventListener("message", ({data}) => {
    if (JSON.parse(data).event === "listening") times.forEach((currentTime) =>
      tell(JSON.stringify({event: "infoDelivery", info: {currentTime, duration: 8}})));
    if (JSON.parse(data).value === "timeupdate") times.forEach((seconds) =>
      tell(JSON.stringify({event: "timeupdate", data: {seconds, duration: 8}})));
  }, {once: true});
</script>"""


def recorded(chromium: Browser) -> bytes:
    """Make a video of about a second."""
    page = chromium.new_page()
    video = base64.b64decode(page.evaluate(RECORD))
    page.close()
    return video


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an article that holds one of everything, on a site of its own."""
    folder = tmp_path_factory.mktemp("served") / "site"
    app = create_app(make_settings(folder, PORTAL_DATABASE_URL=""))
    with app.app_context():
        upgrade()
        path = write_article(app.extensions["settings"].uploads_dir, recorded(chromium))
        db.engine.dispose()
    port = free_port()
    environment = {"PORTAL_DATA_DIR": str(folder), "PORTAL_DATABASE_URL": ""}
    with running(serve_command(port), environment, port, "/healthz"):
        yield f"http://127.0.0.1:{port}{path}"


def write_article(uploads: Path, video: bytes) -> str:
    """Publish the article; return its path."""
    with transaction(wake=False) as session:
        file = files.store(session, folder=uploads, name="send.webm", content=video, now=utc_now())
        section = sections.add_section(session, actor=SYSTEM, draft=SectionDraft(names={"en": "Printing"}))
        text = service.create_article(
            session,
            actor=SYSTEM,
            place=Place(section_id=section.id),
            language="en",
            text=Text(title="One of everything", body=BODY.replace("{own}", path_of(file))),
            status=ArticleStatus.PUBLISHED,
            now=utc_now(),
        )
        return path_of_article(text.article_id, text.slug, language="en")


def offer_players(context: BrowserContext) -> None:
    """Stand in for the other sites: one player plays to the end, the other skips to it."""

    def answer(route: Route) -> None:
        times = "[0, 7.9, 8]" if "skipped" in route.request.url else "[0, 1, 2, 3, 4, 5, 6, 7, 8]"
        route.fulfill(content_type="text/html", body=PLAYER % times)

    context.route(re.compile("https://(www.youtube-nocookie|player.vimeo).com/"), answer)


@pytest.fixture
def reports(context: BrowserContext) -> list[tuple[str, str]]:
    """What the pages report of the videos: which one, and how many hundredths of it."""
    found: list[tuple[str, str]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/videos"):
            sent = dict(re.findall(r'name="(\w+)"\s+([^\r]+)', request.post_data or ""))
            found.append((sent["video"], sent["percent"]))

    context.on("request", note)
    return found


def test_nothing_is_loaded_before_the_reader_wants_it(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site, wait_until="networkidle")
    expect(page.get_by_role("button", name="Play the video (this loads YouTube)")).to_have_count(2)
    expect(page.locator("iframe")).to_have_count(0)
    host = site.partition("/help")[0]
    assert {url for url in asked if not url.startswith((host, "data:"))} == set()
    assert not any("/files/" in url for url in asked)


@pytest.mark.parametrize(
    ("title", "loads", "player", "percents"),
    [
        ("How to print", "YouTube", "https://www.youtube-nocookie.com/embed/watched0000?", [25, 50, 75, 100]),
        ("How to skip", "YouTube", "https://www.youtube-nocookie.com/embed/skipped0000?", []),
        ("How to pack", "Vimeo", "https://player.vimeo.com/video/76979871?", [25, 50, 75, 100]),
    ],
)
def test_a_video_plays_when_its_button_is_pressed(
    page: Page,
    context: BrowserContext,
    site: str,
    reports: list[tuple[str, str]],
    title: str,
    loads: str,
    player: str,
    percents: list[int],
) -> None:
    offer_players(context)
    page.goto(site)
    box = page.locator("figure", has_text=title)
    box.get_by_role("button", name=f"Play the video (this loads {loads})").click()
    frame = box.locator("iframe")
    expect(frame).to_have_attribute("src", re.compile(re.escape(player)))
    expect(frame).to_have_attribute("title", title)
    expect(box.locator("a")).to_have_text(title)
    page.wait_for_load_state("networkidle")
    name = box.get_attribute("data-video")
    assert reports == [(name, str(percent)) for percent in percents]


def test_an_own_video_plays_and_is_counted(page: Page, site: str, reports: list[tuple[str, str]]) -> None:
    page.goto(site)
    video = page.locator("video")
    expect(video).to_have_attribute("preload", "none")
    video.evaluate(
        "video => new Promise((done) => {"
        "video.onended = video.onerror = done; video.muted = true; video.play(); })"
    )
    page.wait_for_load_state("networkidle")
    assert [percent for _, percent in reports] == ["25", "50", "75", "100"]


def test_without_javascript_the_links_stay(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    expect(page.get_by_role("link", name="How to print")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Play"))).to_have_count(0)
    expect(page.locator("video")).to_be_visible()
    page.get_by_label("Plan").select_option("starter")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Only for some")).to_have_count(0)
    expect(page.get_by_role("link", name="Only for some")).to_have_count(0)
    context.close()


def test_everything_is_accessible_and_fits(page: Page, site: str) -> None:
    page.goto(site)
    page.screenshot(path=shots() / "writing.png", full_page=True)
    page.evaluate(AXE_SCRIPT)
    assert violations_in_both_themes(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size(WIDE)


def test_paper_holds_the_text_and_the_addresses(page: Page, site: str) -> None:
    page.goto(site)
    page.emulate_media(media="print")
    for hidden in ("nav", ".site-header", ".helpful", ".aside", "button", "form", "video"):
        assert [item.inner_text() for item in page.locator(hidden).all() if item.is_visible()] == [], hidden
    link = page.get_by_role("link", name="How to pack")
    after = link.evaluate("link => getComputedStyle(link, '::after').content")
    assert after == '" (" attr(href) ")"' or "https://vimeo.com/76979871" in after
    expect(page.locator(".prose")).to_contain_text("print --all")
