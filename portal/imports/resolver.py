"""What the links and images of a folder's articles lead to: by the addresses of the site made from it."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from portal.imports.folder import IMAGE_SUFFIXES, MOST_IMAGE_BYTES, Folder
from portal.imports.links import ELSEWHERE, EXTERNAL, Addressed, Destination, Headings, encoded
from portal.imports.navigation import Navigation
from portal.imports.sections import is_index
from portal.imports.targets import image_target

_SUFFIX: Final = re.compile(r"\.(?:mdx?|markdown|html?)$", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"\.mdx?$")
_NUMBER: Final = re.compile(r"(^|/)\d+[-_. ]+(?=[^/\d])")
_MOST_REDIRECTS: Final = 5


class FolderResolver:
    """Knows every article by the addresses it had on the source's site."""

    def __init__(
        self,
        folder: Folder,
        articles: Sequence[Addressed],
        navigation: Navigation,
        elsewhere: Iterable[str],
    ) -> None:
        self._folder = folder
        self._navigation = navigation
        self._languages = folder.languages()
        self._keys: dict[str, str] = {}
        self._headings = Headings(articles)
        for article in articles:
            for address in _addresses(article.key, article.slug):
                self._keys.setdefault(address, article.key)
        self._elsewhere = {address: key for key in elsewhere for address in _addresses(key, "")}

    def link(self, url: str, *, article: str) -> Destination:
        """Return where a link in an article leads."""
        if "{{" in url:
            return Destination(url=None, message=f"link to {url}: address made by a template")
        if EXTERNAL.match(url):
            return Destination(url=encoded(url))
        path, _, fragment = url.partition("#")
        path, anchor = unquote(path.partition("?")[0]), unquote(fragment)
        if "\0" in path:
            return Destination(url=None, message=f"link to {url!r}: no such page")
        if posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES:
            return self.image(url, article=article)
        key = self._find(path, article) if path else article
        if key is None:
            return Destination(url=None, message=self._why_not(path, url, article))
        return self._headings.link(key, anchor, url)

    def image(self, url: str, *, article: str) -> Destination:
        """Return which image an article shows."""
        if EXTERNAL.match(url):
            return Destination(url=encoded(url), dropped=ELSEWHERE)
        path = unquote(url.partition("#")[0].partition("?")[0])
        if not path.startswith("/") and self._folder.leaves(posixpath.join(posixpath.dirname(article), path)):
            return Destination(url=None, message=f"image {url} leaves the folder")
        image = self._folder.image(path, article=article)
        if image is None:
            return Destination(url=None, message=f"image {url} is missing")
        if image.size_bytes > MOST_IMAGE_BYTES:
            return Destination(url=None, message=f"image {url} has more than {MOST_IMAGE_BYTES:,} bytes")
        return Destination(url=image_target(image.path), image=image)

    def _find(self, path: str, article: str) -> str | None:
        if path.startswith("/"):
            return self._at_address(path)
        here = posixpath.dirname(article)
        relative = posixpath.normpath(posixpath.join(here, path))
        language, _, rest = relative.removeprefix("../").partition("/")
        if relative.startswith("../") and language in self._languages:
            return self._elsewhere.get(_address(rest))
        return (
            self._keys.get(_address(relative))
            or self._elsewhere.get(_address(relative))
            or self._from_root(path)
        )

    def _from_root(self, path: str) -> str | None:
        """Return the article of a file named from the folder or from the site, as Docusaurus allows."""
        if not _MARKDOWN.search(path):
            return None
        return self._keys.get(_address(path)) or self._keys.get(
            _address(path.removeprefix(f"{self._folder.root.name}/"))
        )

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
