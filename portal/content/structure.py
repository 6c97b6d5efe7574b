"""What a page needs around sanitised content: footnotes, videos, an outline of headings, wide tables."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from portal.content.elsewhere import without_images_from_elsewhere
from portal.content.extract import plain_text
from portal.content.footnotes import linked
from portal.content.videos import with_videos

_HEADING: Final = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_HEADING_TAG: Final = re.compile(r"</?h[1-6]>")
_NOT_IN_ANCHOR: Final = re.compile(r"[\W_]+")
_MAX_SLUG_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of the content, with the id that links lead to."""

    level: int
    anchor: str
    text: str


def structured(html: str, *, prefix: str = "") -> tuple[str, tuple[Heading, ...]]:
    """Cleaned HTML with all that the portal adds, and its headings; every id in it begins with the prefix."""
    outline = _Outline(prefix)
    if prefix:
        html = html.replace(' href="#h-', f' href="#{prefix}h-')
    html = with_videos(without_images_from_elsewhere(linked(html, prefix)))
    html = _HEADING.sub(outline.place, html)
    html = html.replace("<table>", '<div class="table-scroll" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>"), tuple(outline.headings)


class _Outline:
    """Puts headings below the page's title: the shallowest become h2, and no level is skipped."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.headings: list[Heading] = []
        self._open_levels: list[int] = []
        self._uses: dict[str, int] = {}

    def place(self, match: re.Match[str]) -> str:
        inner = _HEADING_TAG.sub("", match[2])
        text = plain_text(inner)
        if not text:
            return inner
        heading = Heading(level=self._level(int(match[1])), anchor=self._anchor(text), text=text)
        self.headings.append(heading)
        return f'<h{heading.level} id="{heading.anchor}">{inner}</h{heading.level}>'

    def _level(self, written: int) -> int:
        while self._open_levels and self._open_levels[-1] >= written:
            self._open_levels.pop()
        self._open_levels.append(written)
        return min(1 + len(self._open_levels), 6)

    def _anchor(self, text: str) -> str:
        words = _NOT_IN_ANCHOR.sub("-", unicodedata.normalize("NFKC", text).lower())
        slug = f"{self._prefix}h-" + (words.strip("-")[:_MAX_SLUG_CHARS] or "section")
        uses = self._uses[slug] = self._uses.get(slug, 0) + 1
        return slug if uses == 1 else f"{slug}--{uses}"
