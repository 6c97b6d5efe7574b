"""From the relative paths in an export to what they lead to."""

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from portal.files.service import LARGEST_BYTES, media_type_of
from portal.imports.folder import Folder
from portal.knowledge.portable.layout import FILES, split_rest
from portal.knowledge.portable.links import Target, destinations, relinked

_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/#?]")
_TEXT: Final = re.compile(r"\.[a-z]{2}\.md$")


class Links:
    """Knows articles with their languages and sections by path, and files as they are asked for."""

    def __init__(
        self, folder: Folder, *, articles: Mapping[str, tuple[str, str]], sections: Mapping[str, str]
    ) -> None:
        self.files: dict[str, Path] = {}
        self._folder = folder
        self._articles = articles
        self._sections = sections
        self._targets: dict[str, str | None] = {}

    def body(self, body: str, *, path: str, language: str) -> tuple[str, list[tuple[int, str]]]:
        """Return a text whose links mean the same on any site, and what is wrong with which line, from 0."""
        broken = [
            (line, f"link to {url}: no such file that a site can show")
            for url, line in destinations(body)
            if self._is_broken(url, path)
        ]
        return relinked(body, lambda url: self._target(url, path, language)), broken

    def article(self, way: str, *, path: str) -> str | None:
        """Return the key of the article that a path in a file leads to; None if there is none."""
        found = self._articles.get(_joined(way, path))
        return found and found[0]

    def _is_broken(self, url: str, path: str) -> bool:
        if _ELSEWHERE.match(url) or self._target(url, path, "") is not None:
            return False
        place = _place(url, path)[0]
        return place.startswith(f"{FILES}/") or _TEXT.search(place) is not None

    def _target(self, url: str, path: str, language: str) -> str | None:
        if _ELSEWHERE.match(url):
            return None
        place, rest = _place(url, path)
        said, rest = split_rest(rest)
        if found := self._articles.get(place):
            return str(Target(kind="article", name=found[0], language=said or found[1], rest=rest))
        if slug := self._sections.get(place):
            return str(Target(kind="section", name=slug, language=said or language, rest=rest))
        key = self._file(place) if place.startswith(f"{FILES}/") else None
        return key and str(Target(kind="file", name=key, rest=rest))

    def _file(self, place: str) -> str | None:
        """Return the key that a file will have; None if it is not there, or nothing that a site can show."""
        if place not in self._targets:
            self._targets[place] = self._key(place)
        return self._targets[place]

    def _key(self, place: str) -> str | None:
        location = self._folder.root / place
        try:
            if self._folder.leaves(place) or location.stat().st_size > LARGEST_BYTES:
                return None
            content = location.read_bytes()
        except (OSError, ValueError):
            return None
        if media_type_of(content) is None:
            return None
        key = hashlib.sha256(content).hexdigest()[:40]
        self.files.setdefault(key, location)
        return key


def _place(url: str, path: str) -> tuple[str, str]:
    """Return the path that a link in a file leads to, and its query and anchor."""
    way, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]  # Everything matches.
    return _joined(unquote(way), path), mark + rest


def _joined(way: str, path: str) -> str:
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), way))
    return unicodedata.normalize("NFC", place)
