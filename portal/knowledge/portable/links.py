"""Links within the site, as they are in an export: by names that mean the same everywhere.

On the site a link is an address such as `/help/en/articles/12-labels#h-paper`; in between it is
`engawa:article/KEY/LANGUAGE#h-paper`, `engawa:section/SLUG/LANGUAGE` or `engawa:file/KEY`; in a file of an
export it is the relative path of another one. What stands in blocks of code is left as it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

ANY_LANGUAGE: Final = "any"
"""Stands for the reader's own language, in links that name none."""

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?!.*`)|~{3,})")
_DESTINATION: Final = re.compile(
    r"(?P<lead>\]\([ \t]*<?|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?|\b(?:href|src)=[\"'])(?P<url>[^\s()<>\"']+)"
)
_REST: Final = r"(?P<rest>(?:[?#].*)?)"
_ARTICLE: Final = re.compile(
    rf"/help/(?:(?P<language>[a-z]{{2}})/)?articles/(?P<id>\d{{1,10}})(?P<slug>-[^?#]*)?{_REST}"
)
_SECTION: Final = re.compile(rf"/help/(?P<language>[a-z]{{2}})/(?P<slug>[^/?#]+)/?{_REST}")
_FILE: Final = re.compile(rf"/files/(?P<key>[0-9a-f]{{40}})(?:\.[a-z0-9]+)?{_REST}")
_TARGET: Final = re.compile(
    rf"engawa:(?P<kind>article|section|file)/(?P<name>[^/?#]+)(?:/(?P<language>[a-z]+))?{_REST}"
)

Replace = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a link leads to; `name` is a key or a slug, `rest` a query and an anchor."""

    kind: str
    name: str
    language: str = ""
    rest: str = ""

    @classmethod
    def of(cls, url: str) -> "Target | None":
        """Read what `str` has written; None if it is something else."""
        found = _TARGET.fullmatch(url)
        if found is None:
            return None
        name, language = unquote(found["name"]), found["language"] or ""
        return cls(kind=found["kind"], name=name, language=language, rest=found["rest"])

    def __str__(self) -> str:
        way = f"/{self.language}" if self.language else ""
        return f"engawa:{self.kind}/{quote(self.name, safe='')}{way}{self.rest}"


def relinked(body: str, replace: Replace) -> str:
    """Return a text with other destinations of its links; those stay for which there is None."""

    def link(match: re.Match[str]) -> str:
        other = replace(match["url"])
        return match[0] if other is None else match["lead"] + other

    return "".join(piece if is_code else _DESTINATION.sub(link, piece) for is_code, piece in _pieces(body))


def destinations(body: str) -> Iterator[tuple[str, int]]:
    """Yield where the links of a text lead, with their lines, counted from 0."""
    line = 0
    for is_code, piece in _pieces(body):
        if not is_code:
            for match in _DESTINATION.finditer(piece):
                yield match["url"], line + piece.count("\n", 0, match.start())
        line += piece.count("\n")


def _pieces(body: str) -> Iterator[tuple[bool, str]]:
    """Yield the lines outside of and within blocks of code, in order, each with its line end."""
    fence = ""
    for line in _LINE.findall(body):
        mark = line.strip(" \t>\r\n")
        if fence:
            yield True, line
            fence = "" if mark.startswith(fence) and not mark.strip(fence[0]) else fence
        elif opening := _FENCE.match(line):
            fence = opening[1]
            yield True, line
        else:
            yield False, line


def target_of_address(
    url: str,
    *,
    key: Callable[[int], str | None],
    slug: Callable[[str], str | None],
    file: Callable[[str], str | None],
) -> str | None:
    """Return the target behind an address, given what the site has: articles, sections, stored files."""
    if found := _FILE.fullmatch(url):
        return str(Target(kind="file", name=found["key"], rest=found["rest"])) if file(found["key"]) else None
    if found := _ARTICLE.fullmatch(url):
        if (found["language"] is None) != (found["slug"] is None) or not (name := key(int(found["id"]))):
            return None
        language = found["language"] or ANY_LANGUAGE
        return str(Target(kind="article", name=name, language=language, rest=found["rest"]))
    if (found := _SECTION.fullmatch(url)) and (name := slug(unquote(found["slug"]))):
        return str(Target(kind="section", name=name, language=found["language"], rest=found["rest"]))
    return None
