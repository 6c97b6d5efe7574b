"""Headings in order: the title is the page's, the body begins at level 2 and skips none."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.imports.conversion.page import ANCHOR, BLOCK, INLINE, TOKEN, Page

# One `#` more than Markdown knows: a heading one level below the one before it, whichever that is. Inside of
# a list or a quotation it is a bold line instead.
BELOW: Final = "#######"
_TOP, _DEEPEST = 2, 6
_HEADING: Final = re.compile(
    r"^(?P<lead>[ >]*(?:(?:[-*+]|\d{1,9}[.)])[ ]+)?)(?P<marks>#{1,7})[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$"
)
_UNDERLINE: Final = re.compile(r"[ ]{0,3}(?P<mark>=+|-+)[ \t]*$")
_PROSE: Final = re.compile(rf"[ ]{{0,3}}(?!#|>|<|\||[-*+=_ ]+$|[-*+] |\d+[.)] |\ufdd0{BLOCK})\S")
_BARE_MARKS: Final = re.compile(r"(?m)^([ >]*)(?=#{1,7}[^#\s])")
_BELOW_INSIDE: Final = re.compile(rf"(?m)^([ >]+(?:[-*+] |\d+[.)] )?|[-*+] |\d+[.)] ){BELOW}[ \t]+(.+)$")
_EMPTY: Final = re.compile(r"(?m)^[ >]*#{1,7}[ \t]*$")
_EXPLICIT_ID: Final = re.compile(r"(?m)(?<=\S)[ \t]*(?<!\\)\{#(?P<id>[^{}\s]+)\}(?=[ \t]*#*[ \t]*$)")
_ANCHOR_TOKEN: Final = re.compile(f"\ufdd0{ANCHOR}\\d+\ufdd1")
_BREAKS: Final = re.compile(r"\s*<br>\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading of a body; `names` are the anchors that the source set in or under it."""

    level: int
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """A body with its headings in order and without its title; `top_names` are anchors above all headings."""

    title: str
    body: str
    headings: tuple[Heading, ...]
    top_names: tuple[str, ...]


def explicit_ids_to_anchors(text: str, page: Page) -> str:
    """Set aside the anchors that headings are given by `{#id}` at their end."""
    return _EXPLICIT_ID.sub(lambda match: page.set_aside(ANCHOR, match["id"]), text)


def underlined_to_marks(text: str, _page: Page) -> str:
    """Rewrite headings that are underlined with `===` or `---` as `#` and `##`."""
    lines = text.split("\n")
    for at in range(1, len(lines)):
        underline = _UNDERLINE.match(lines[at])
        if underline and _PROSE.match(lines[at - 1]) and not (at > 1 and lines[at - 2].strip()):
            marks = "#" if underline["mark"].startswith("=") else "##"
            lines[at - 1 : at + 1] = [f"{marks} {lines[at - 1].strip()}", ""]
    return "\n".join(lines)


def put_in_order(text: str, page: Page, title: str) -> Outline:
    """Return the body with its headings in order.

    With no title given, it is the first heading of level 1, or else of any level.
    """
    text = _BELOW_INSIDE.sub(r"\1**\2**", _EMPTY.sub("", text))
    lines = _BARE_MARKS.sub(r"\1\\", text).split("\n")
    found = {at: match for at, line in enumerate(lines) if (match := _HEADING.match(line))}
    title = title or _first_title([*found.values()], page)
    titled = _title_line(lines, found, title, page)
    names = _names(lines, [at for at in found if at != titled], page)
    headings: list[Heading] = []
    above: list[int] = []
    for at, match in found.items():
        level = _TOP if at == titled else _level(len(match["marks"]), above)
        shown = _BREAKS.sub(" ", _ANCHOR_TOKEN.sub("", match["text"])).strip()
        lines[at] = f"{match['lead']}{'#' * level} {shown}" if shown and at != titled else ""
        if lines[at]:
            named = tuple(names.get(at, ()))
            headings.append(Heading(level=level, text=plain_text(shown, page), names=named))
    body = _ANCHOR_TOKEN.sub("", "\n".join(lines))
    return Outline(title=title, body=body, headings=tuple(headings), top_names=tuple(names.get(-1, ())))


def plain_text(markdown: str, page: Page) -> str:
    """Return a line of Markdown as a reader sees it."""
    text = re.sub(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()]*\)", r"\1", markdown)
    text = TOKEN.sub(lambda token: page.held(token).strip("` ") if token[1] == INLINE else "", text)
    text = re.sub(r"<[^<>]*>|\*\*|~~|(?<!\w)[*_]|[*_](?!\w)|\\(?=[^\w\s])", "", text)
    return " ".join(html.unescape(text).split())


def anchors(headings: Sequence[Heading]) -> tuple[str, ...]:
    """Return an anchor for every heading: its words with hyphens, numbered from the second of a name on."""
    seen: Counter[str] = Counter()
    result = []
    for heading in headings:
        words = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", heading.text).casefold())
        anchor = "-".join(words.split()) or "section"
        result.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return tuple(result)


def _first_title(found: list[re.Match[str]], page: Page) -> str:
    top = next((match for match in found if match["marks"] == "#"), found[0] if found else None)
    return plain_text(top["text"], page) if top else ""


def _title_line(lines: list[str], found: dict[int, re.Match[str]], title: str, page: Page) -> int | None:
    """Return which line repeats the title, None if none does: of level 1, or what the body begins with."""
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    for at, match in found.items():
        if plain_text(match["text"], page) == title and (match["marks"] == "#" or at == first):
            return at
    return None


def _names(lines: list[str], headings: list[int], page: Page) -> dict[int, list[str]]:
    """Return the names of anchors by the line of their heading, -1 for those above all.

    An anchor belongs to the heading it stands in, or right above, or else under.
    """
    names: dict[int, list[str]] = {}
    for at, line in enumerate(lines):
        tokens = [match for match in TOKEN.finditer(line) if match[1] == ANCHOR]
        if not tokens:
            continue
        is_alone = not _ANCHOR_TOKEN.sub("", line).strip()
        below = next((n for n in range(at + 1, len(lines)) if lines[n].strip()), -1)
        under = max((n for n in headings if n <= at), default=-1)
        names.setdefault(below if is_alone and below in headings else under, []).extend(
            map(page.held, tokens)
        )
    return names


def _level(marks: int, above: list[int]) -> int:
    """Return the level in order; `above` holds the source's levels of the headings it stands under."""
    if marks == len(BELOW):
        return min(_TOP + len(above), _DEEPEST)
    while above and above[-1] >= marks:
        above.pop()
    above.append(marks)
    return min(_TOP + len(above) - 1, _DEEPEST)
