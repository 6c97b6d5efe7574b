"""axe finds nothing on any page type: wide in both languages, dark in one, narrow in the other."""

from typing import Any, Final, Literal

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import LANGUAGES, WIDE, Visit, shots, without_complaint
from tests.browser.pages import PLACES, address_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket]

OF_COLOUR: Final = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe finds: the rule, why it matters, and where."""
    asked = {"resultTypes": ["violations"]} | (options or {})  # Nobody looks at what is right.
    found = page.evaluate("async options => (await axe.run(document, options)).violations", asked)
    return [f"{item['id']}: {item['help']}: {[node['html'] for node in item['nodes'][:5]]}" for item in found]


def violations_in_both_themes(page: Page) -> list[str]:
    """Return what axe finds; a theme changes nothing but colours."""
    found = []
    theme: Literal["light", "dark"]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {line}" for line in violations(page, OF_COLOUR if theme == "dark" else None)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("reader", "name"), PLACES)
def test_axe_finds_nothing(visit: Visit, reader: str, name: str, language: str) -> None:
    page = visit(reader, language)
    with without_complaint(page):
        page.emulate_media(color_scheme="light")
        answer = page.goto(address_of(reader, name, language))
        page.screenshot(path=shots() / f"{reader}-{name}-{language}.png", full_page=True)
        page.evaluate(AXE_SCRIPT)
        found = violations_in_both_themes(page) if language == "en" else violations(page)
        page.set_viewport_size({"width": 320, "height": 640})
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"narrow: {line}" for line in (violations(page) if language == "ja" else [])]
        page.set_viewport_size(WIDE)
    assert answer is not None
    assert answer.ok
    assert not found, "\n".join(found)
    assert width <= 320, f"{width} px wide on a narrow screen"


def test_axe_would_find_something(visit: Visit) -> None:
    page = visit("visitor", "en")
    page.goto("/")
    page.evaluate(AXE_SCRIPT)
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=/static/img/mark.svg>')"
    )
    assert [line.partition(":")[0] for line in violations(page)] == ["image-alt"]
