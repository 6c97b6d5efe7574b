"""Containers (`::: tip Title` … `:::`) become tags, so that one reader of tags serves all dialects."""

import html
import re
from typing import Final

from portal.imports.conversion.page import Page

_LINE: Final = re.compile(
    r"^(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)"
    r"(?P<colons>:{3,})[ \t]*(?P<name>[A-Za-z][\w-]*)?(?P<rest>.*)$"
)
_TAGS: Final = {
    "note": "Note",
    "info": "Info",
    "tip": "Tip",
    "success": "Check",
    "important": "Important",
    "warning": "Warning",
    "caution": "Warning",
    "danger": "Danger",
    "details": "Accordion",
    "tabs": "Tabs",
    "tab": "Tab",
    "code-group": "CodeGroup",
}


def containers_to_tags(text: str, page: Page) -> str:
    """Rewrite container lines as tags; a container that is not known is dropped and its content kept."""
    lines, open_ones = text.split("\n"), list[tuple[int, str]]()
    place = page.lines(text)
    offset = 0
    for at, line in enumerate(lines):
        found = _LINE.match(line)
        if found and found["name"]:
            lines[at] = found["lead"] + _opening(found, page, place.at(offset))
            open_ones.append((len(found["colons"]), _TAGS.get(found["name"].lower(), "")))
        elif found and not found["rest"].strip():
            lines[at] = found["lead"] + _closing(len(found["colons"]), open_ones, page, place.at(offset))
        offset += len(line) + 1
    return "\n".join(lines)


def _opening(found: re.Match[str], page: Page, line: int) -> str:
    tag = _TAGS.get(found["name"].lower())
    if not tag:
        page.drop(line, f"::: {found['name']}")
        return ""
    title = _title(found["rest"].strip())
    return f'<{tag} title="{html.escape(title)}">' if title else f"<{tag}>"


def _title(rest: str) -> str:
    """Return the title from `Title`, `[Title]` or `"Title" id="…"`, without `{attributes}`."""
    quoted = re.match(r'"([^"]*)"|\[(.*)\]', rest)
    return next(filter(None, quoted.groups()), "") if quoted else re.sub(r"\s*\{[^{}]*\}$", "", rest)


def _closing(colons: int, open_ones: list[tuple[int, str]], page: Page, line: int) -> str:
    """Close the nearest container that was opened with no more colons, and with it those inside."""
    matching = next((n for n, (count, _) in reversed([*enumerate(open_ones)]) if count <= colons), None)
    if matching is None:
        page.drop(line, ":::")
        return ""
    tag = open_ones[matching][1]
    del open_ones[matching:]
    return f"</{tag}>" if tag else ""
