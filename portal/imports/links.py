"""What the links and images of a body lead to, once all articles are known."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from portal.imports.conversion.destinations import LINK
from portal.imports.conversion.headings import Outline
from portal.imports.conversion.page import TARGET, TOKEN, Page
from portal.imports.folder import IMAGE_SUFFIXES, MOST_IMAGE_BYTES, Folder
from portal.imports.navigation import Navigation
from portal.imports.sections import is_index
from portal.imports.source import SourceImage
from portal.imports.targets import article_target, image_target

_EXTERNAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_SUFFIX: Final = re.compile(r"\.(?:mdx?|markdown|html?)$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(^|/)\d+[-_. ]+(?=[^/\d])")
_MOST_REDIRECTS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressed:
    """An article as links find it: its key, the slug it gives itself, its headings and their anchors."""

    key: str
    slug: str
    outline: Outline
    anchors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where a link leads on the new site; `url` is None when it is broken, `message` then says why."""

    url: str | None
    article: str | None = None
    image: SourceImage | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A body whose links are resolved, with the articles and images it refers to."""

    body: str
    articles: tuple[str, ...]
    images: tuple[SourceImage, ...]


class Resolver:
    """Knows every article by the addresses it had on the source's site."""

    def __init__(
        self,
        folder: Folder,
        articles: Iterable[Addressed],
        navigation: Navigation,
        elsewhere: Iterable[str],
    ) -> None:
        self._folder = folder
        self._navigation = navigation
        self._languages = folder.languages()
        self._keys: dict[str, str] = {}
        self._anchors: dict[str, dict[str, str]] = {}
        for article in articles:
            self._anchors[article.key] = _by_loose_name(article)
            for address in _addresses(article.key, article.slug):
                self._keys.setdefault(address, article.key)
        self._elsewhere = {address: key for key in elsewhere for address in _addresses(key, "")}

    def link(self, url: str, *, article: str) -> Destination:
        """Return where a link in an article leads."""
        if "{{" in url:
            return Destination(url=None, message=f"link to {url}: address made by a template")
        if _EXTERNAL.match(url):
            return Destination(url=_encoded(url))
        path, _, fragment = url.partition("#")
        path, anchor = unquote(path.partition("?")[0]), unquote(fragment)
        if "\0" in path:
            return Destination(url=None, message=f"link to {url!r}: no such page")
        if posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES:
            return self.image(url, article=article)
        key = self._find(path, article) if path else article
        if key is None:
            return Destination(url=None, message=self._why_not(path, url, article))
        return self._to_article(key, anchor, url)

    def image(self, url: str, *, article: str) -> Destination:
        """Return which image an article shows."""
        if _EXTERNAL.match(url):
            return Destination(url=_encoded(url))
        path = unquote(url.partition("#")[0].partition("?")[0])
        if not path.startswith("/") and self._folder.leaves(posixpath.join(posixpath.dirname(article), path)):
            return Destination(url=None, message=f"image {url} leaves the folder")
        image = self._folder.image(path, article=article)
        if image is None:
            return Destination(url=None, message=f"image {url} is missing")
        if image.size_bytes > MOST_IMAGE_BYTES:
            return Destination(url=None, message=f"image {url} has more than {MOST_IMAGE_BYTES:,} bytes")
        return Destination(url=image_target(image.path), image=image)

    def _to_article(self, key: str, anchor: str, url: str) -> Destination:
        if not anchor or key not in self._anchors:
            return Destination(url=article_target(key), article=key)
        known = self._anchors[key].get(_loose(anchor))
        message = f"link to {url}: no such heading" if known is None else ""
        return Destination(url=article_target(key, known), article=key, message=message)

    def _find(self, path: str, article: str) -> str | None:
        if path.startswith("/"):
            return self._at_address(path)
        here = posixpath.dirname(article)
        relative = posixpath.normpath(posixpath.join(here, path))
        language, _, rest = relative.removeprefix("../").partition("/")
        if relative.startswith("../") and language in self._languages:
            return self._elsewhere.get(_address(rest))
        return self._keys.get(_address(relative)) or self._elsewhere.get(_address(relative))

    def _at_address(self, path: str) -> str | None:
        """Return the article at an address of the site, by the site's redirects if need be."""
        for _ in range(_MOST_REDIRECTS):
            address = _address(path)
            key = self._keys.get(address) or self._in_language(address)
            onward = self._navigation.redirected("/" + path.strip("/"))
            if key or onward is None:
                return key
            path = onward.partition("#")[0]
        return None

    def _in_language(self, address: str) -> str | None:
        language, _, rest = address.partition("/")
        if language == self._folder.root.name.casefold():
            return self._keys.get(rest) or self._elsewhere.get(rest)
        return self._keys.get(rest) or self._elsewhere.get(rest) if language in self._languages else None

    def _why_not(self, path: str, url: str, article: str) -> str:
        if not path.startswith("/") and self._folder.leaves(posixpath.join(posixpath.dirname(article), path)):
            return f"link to {url} leaves the folder"
        return f"link to {url}: no such page"


def resolve(body: str, page: Page, *, article: str, resolver: Resolver) -> Linked:
    """Return a body with its links in place; a broken one leaves its text and a problem."""
    articles: dict[str, None] = {}
    images: dict[str, SourceImage] = {}

    def destination(number: str, *, is_image: bool) -> str | None:
        target = page.targets[int(number)]
        found = (resolver.image if is_image else resolver.link)(target.url, article=article)
        if found.message:
            page.problem(target.line, found.message)
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


def _addresses(key: str, slug: str) -> set[str]:
    """Return the addresses at which a site generator serves an article."""
    paths = {key, _NUMBER.sub(r"\1", key)}
    if is_index(key):
        paths |= {posixpath.dirname(path) for path in paths}
    if slug:
        paths.add(slug if slug.startswith("/") else posixpath.join(posixpath.dirname(key), slug))
    return {_address(path) for path in paths}


def _address(path: str) -> str:
    parts = [part for part in _SUFFIX.sub("", path.strip("/")).split("/") if part not in ("", ".")]
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


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


def _encoded(url: str) -> str:
    """Return an address that can stand in a Markdown link."""
    return quote(url, safe="%/:=&?~#+!$,;'@[]*-._") if re.search(r"[\s()<>]", url) else url
