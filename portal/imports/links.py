"""What the links and images of a body lead to, once all articles are known."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote

from portal.imports.conversion.destinations import LINK
from portal.imports.conversion.headings import Outline
from portal.imports.conversion.page import TARGET, TOKEN, Page
from portal.imports.source import SourceImage
from portal.imports.targets import article_target

EXTERNAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
ELSEWHERE: Final = "image on another site"


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressed:
    """An article as links find it: its key, the slug it gives itself, its headings and their anchors."""

    key: str
    slug: str
    outline: Outline
    anchors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where a link leads on the new site; `url` is None when nowhere.

    `message` says what is wrong with it in the source, `dropped` what of it cannot be carried.
    """

    url: str | None
    article: str | None = None
    image: SourceImage | None = None
    message: str = ""
    dropped: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A body whose links are resolved, with the articles and images it refers to."""

    body: str
    articles: tuple[str, ...]
    images: tuple[SourceImage, ...]


class Resolver(Protocol):
    """Knows every article by the addresses it had in the source."""

    def link(self, url: str, *, article: str) -> Destination:
        """Return where a link in an article leads."""

    def image(self, url: str, *, article: str) -> Destination:
        """Return which image an article shows."""


class Headings:
    """The headings of all articles, by whatever names the source may have given them."""

    def __init__(self, articles: Iterable[Addressed]) -> None:
        self._anchors = {article.key: _by_loose_name(article) for article in articles}

    def link(self, key: str, anchor: str, url: str) -> Destination:
        """Return the way to an article, or to the heading of an anchor; `url` is what the source says."""
        if not anchor or key not in self._anchors:
            return Destination(url=article_target(key), article=key)
        known = self._anchors[key].get(_loose(anchor))
        message = f"link to {url}: no such heading" if known is None else ""
        return Destination(url=article_target(key, known), article=key, message=message)


def resolve(body: str, page: Page, *, article: str, resolver: Resolver) -> Linked:
    """Return a body with its links in place; a broken one leaves its text and a problem."""
    articles: dict[str, None] = {}
    images: dict[str, SourceImage] = {}

    def destination(number: str, *, is_image: bool) -> str | None:
        target = page.targets[int(number)]
        found = (resolver.image if is_image else resolver.link)(target.url, article=article)
        if found.message:
            page.problem(target.line, found.message)
        if found.dropped:
            page.drop(target.line, found.dropped)
        if found.article is not None:
            articles[found.article] = None
        if found.image is not None:
            images[found.image.path] = found.image
        return found.url

    def link(match: re.Match[str]) -> str:
        url = destination(match["number"], is_image=bool(match["mark"]))
        label = LINK.sub(link, match["label"])
        if url is None:
            return "" if match["mark"] and _is_alone(match) else label
        return f"{match['mark']}[{label}]({url})"

    def bare(token: re.Match[str]) -> str:
        return (destination(token[2], is_image=False) or "#") if token[1] == TARGET else token[0]

    linked = TOKEN.sub(bare, LINK.sub(link, body))
    return Linked(body=linked, articles=tuple(articles), images=tuple(images.values()))


def _is_alone(match: re.Match[str]) -> bool:
    """Tell whether an image has a line for itself, so that without it no words need to stand there."""
    start = match.string.rfind("\n", 0, match.start()) + 1
    end = match.string.find("\n", match.end())
    around = match.string[start : match.start()] + match.string[match.end() : end if end >= 0 else None]
    is_label = match[0] == match.string
    return not is_label and not around.strip(" \t>")


def _by_loose_name(article: Addressed) -> dict[str, str]:
    """Return the anchors by every name that a generator may have given them, empty for the article's top."""
    outline = article.outline
    names = {_loose(name): "" for name in (outline.title, *outline.top_names)}
    seen = {_loose(outline.title): 1}
    for heading, anchor in zip(outline.headings, article.anchors, strict=True):
        name = _loose(heading.text)
        seen[name] = seen.get(name, 0) + 1
        again = (name,) if seen[name] == 1 else (f"{name}{seen[name] - 1}", f"{name}{seen[name]}")
        for known in filter(None, (*map(_loose, heading.names), *again)):
            names.setdefault(known, anchor)
    return names


def _loose(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def encoded(url: str) -> str:
    """Return an address that can stand in a Markdown link."""
    return quote(url, safe="%/:=&?~#+!$,;'@[]*-._") if re.search(r"[\s()<>]", url) else url
