"""A site's navigation file (Mintlify's `docs.json`): its groups as sections, and its redirects."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.imports.folder import Folder, UnreadableError
from portal.imports.sections import Structure, folders_above
from portal.imports.source import Problem, SourceSection

_FILES: Final = ("docs.json", "mint.json")
_WILDCARD: Final = re.compile(r":\w+\*?$")
_LABELS: Final = ("group", "tab", "item", "product", "anchor", "dropdown", "version", "name")
_CHILDREN: Final = ("root", "products", "tabs", "anchors", "dropdowns", "versions", "menu", "groups", "pages")


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation file; without one, all of it is empty and `path` too."""

    path: str = ""
    groups: tuple[object, ...] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)

    def redirected(self, address: str) -> str | None:
        """Return where the site sends a reader of an old address, None when nowhere."""
        if address in self.redirects:
            return self.redirects[address]
        for source, destination in self.redirects.items():
            start = _WILDCARD.sub("", source) if ":" in source else source
            if start != source and address.startswith(start):
                return _WILDCARD.sub("", destination) + (
                    address.removeprefix(start) if _WILDCARD.search(destination) else ""
                )
        return None


def read_navigation(folder: Folder, *, language: str) -> Navigation:
    """Return the navigation in a language, from the folder or beside it; report what is wrong with it."""
    location = next(
        (
            place / name
            for place in (folder.root, folder.product)
            for name in _FILES
            if (place / name).is_file()
        ),
        None,
    )
    if location is None:
        return Navigation()
    try:
        settings = json.loads(folder.read_text(location))
    except UnreadableError as error:
        folder.problems.append(Problem(path=location.name, line=error.line, message=str(error)))
        return Navigation()
    except json.JSONDecodeError as error:
        folder.problems.append(
            Problem(path=location.name, line=error.lineno, message=f"not JSON: {error.msg}")
        )
        return Navigation()
    values = settings if isinstance(settings, dict) else {}
    return Navigation(location.name, tuple(_groups(values.get("navigation"), language)), _redirects(values))


def by_navigation(navigation: Navigation, keys: set[str], *, prefix: str) -> tuple[Structure, list[str]]:
    """Make sections of a navigation's groups; also return the pages it names that are not there.

    A group's key is its first article and its depth, which are the same in every language. An article that
    the navigation has twice stands where it comes first, one that it has not beside those of its folder.
    Groups that are left without an article are left out.
    """
    reader = _Reader(keys, prefix)
    reader.read(navigation.groups, parent=None, depth=0)
    reader.place_beside_others()
    return reader.structure, reader.missing


class _Reader:
    """Walks a navigation and notes where each article comes first."""

    def __init__(self, keys: set[str], prefix: str) -> None:
        self.structure = Structure()
        self.missing: list[str] = []
        self._keys = keys
        self._prefix = prefix

    def read(self, nodes: Iterable[object], *, parent: str | None, depth: int, position: int = 0) -> int:
        """Place what the nodes name, from a position on; return the position after the last."""
        for node in nodes:
            if isinstance(node, str):
                position += self._place(node, parent, position)
            elif isinstance(node, Mapping):
                position = self._group(node, parent, depth, position)
        return position

    def place_beside_others(self) -> None:
        """Give articles that the navigation does not name the section of the articles in their folder."""
        sections: dict[str, str | None] = {}
        for key, (section, _) in self.structure.places.items():
            for folder in folders_above(key):
                sections.setdefault(folder, section)
        for key in sorted(self._keys - self.structure.places.keys()):
            near = [folder for folder in folders_above(key) if folder in sections]
            if near:
                self.structure.places[key] = (sections[near[0]], len(self.structure.places))

    def _place(self, page: str, parent: str | None, position: int) -> int:
        key = self._key(page)
        if key not in self._keys:
            self.missing.append(page)
            return 0
        if key in self.structure.places:
            return 0
        self.structure.places[key] = (parent, position)
        return 1

    def _group(self, node: Mapping[object, object], parent: str | None, depth: int, position: int) -> int:
        title = next((label for name in _LABELS if isinstance(label := node.get(name), str)), "").strip()
        children = [*_children(node)]
        first = next((key for key in self._leaves(children) if key not in self.structure.places), None)
        if not title or first is None:
            return self.read(children, parent=parent, depth=depth, position=position)
        key = f"{first}@{depth}"
        self.structure.sections.append(
            SourceSection(key=key, title=title, parent_key=parent, position=position)
        )
        self.read(children, parent=key, depth=depth + 1)
        return position + 1

    def _leaves(self, nodes: Iterable[object]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, str) and self._key(node) in self._keys:
                yield self._key(node)
            elif isinstance(node, Mapping):
                yield from self._leaves(_children(node))

    def _key(self, page: str) -> str:
        return page.strip("/").removeprefix(f"{self._prefix}/")


def _groups(navigation: object, language: str) -> Iterator[object]:
    if isinstance(navigation, list):
        yield from navigation
    elif isinstance(navigation, dict) and isinstance(navigation.get("languages"), list):
        for part in navigation["languages"]:
            if isinstance(part, dict) and part.get("language") == language:
                yield from _groups(part, language)
    elif isinstance(navigation, dict):
        yield from _children(navigation)


def _redirects(settings: Mapping[str, object]) -> dict[str, str]:
    redirects = settings.get("redirects")
    pairs = (pair for pair in (redirects if isinstance(redirects, list) else []) if isinstance(pair, dict))
    return {str(pair.get("source")): str(pair.get("destination")) for pair in pairs}


def _children(node: Mapping[object, object]) -> Iterator[object]:
    for name in _CHILDREN:
        value = node.get(name)
        yield from value if isinstance(value, list) else [value] if isinstance(value, str) else []
