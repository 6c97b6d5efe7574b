"""Where articles stand: sections made from folders."""

import math
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from portal.imports.source import SourceSection

_INDEX_NAMES: Final = frozenset({"readme", "index", "_index"})
_NUMBERED: Final = re.compile(r"(?P<number>\d+)[-_. ]+(?=\D)")
_ACRONYMS: Final = frozenset({"ai", "api", "cli", "faq", "http", "sdk", "smtp", "sso", "ui", "url"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What decides where an article stands; `position` is None when its front matter does not say."""

    key: str
    title: str
    summary: str
    position: int | None

    @property
    def folder(self) -> str:
        """The folder it is in, empty at the root."""
        return posixpath.dirname(self.key)

    @property
    def is_index(self) -> bool:
        """Whether it is its folder's own page."""
        return is_index(self.key)


@dataclass(frozen=True, slots=True)
class Category:
    """What a `_category_` file says of its folder; `position` is None when it says nothing."""

    label: str
    position: float | None


@dataclass(slots=True)
class Structure:
    """Sections, each after its parent, and for every article its section (None: the root) and position."""

    sections: list[SourceSection] = field(default_factory=list)
    places: dict[str, tuple[str | None, int]] = field(default_factory=dict)


def is_index(key: str) -> bool:
    """Tell whether a key is that of a folder's own page."""
    return posixpath.basename(key).lower() in _INDEX_NAMES


def name_of(key: str) -> str:
    """Return words for a file or folder that has no title: its name without number and hyphens."""
    name = posixpath.basename(posixpath.dirname(key) if is_index(key) else key)
    words = re.sub(r"[-_]+", " ", _NUMBERED.sub("", name, count=1)).split()
    shown = [word.upper() if word.lower() in _ACRONYMS else word for word in words]
    return " ".join([shown[0][:1].upper() + shown[0][1:], *shown[1:]]) if shown else ""


def folders_above(key: str) -> Iterator[str]:
    """Yield the folders that an article is in, from the nearest to the farthest; not the root."""
    while key := posixpath.dirname(key):
        yield key


def joined(first: Structure, second: Structure) -> Structure:
    """Return two structures as one, the sections of the second after those of the first."""
    count = sum(section.parent_key is None for section in first.sections)
    after = [
        section if section.parent_key else replace(section, position=section.position + count)
        for section in second.sections
    ]
    return Structure([*first.sections, *after], first.places | second.places)


def by_folder(entries: Sequence[Entry], categories: Mapping[str, Category]) -> Structure:
    """Make a section of every folder with articles inside, named by its category, index page or itself."""
    structure = Structure()
    indexes = {entry.folder: entry for entry in reversed(entries) if entry.is_index}
    folders = {folder for entry in entries for folder in folders_above(entry.key)}

    def rank(folder: str) -> tuple[float, str]:
        category, index = categories.get(folder), indexes.get(folder)
        said = category.position if category else None
        return _rank(said if said is not None or index is None else index.position, folder)

    for parent in ("", *sorted(folders, key=lambda folder: (folder.count("/"), folder))):
        inside = sorted((folder for folder in folders if posixpath.dirname(folder) == parent), key=rank)
        for position, folder in enumerate(inside):
            structure.sections.append(_section(folder, position, indexes.get(folder), categories.get(folder)))
        in_order = sorted((entry for entry in entries if entry.folder == parent), key=_entry_rank)
        structure.places |= {entry.key: (parent or None, at) for at, entry in enumerate(in_order)}
    return structure


def _section(folder: str, position: int, index: Entry | None, category: Category | None) -> SourceSection:
    label = category.label if category else ""
    return SourceSection(
        key=folder,
        title=label or (index.title if index else "") or name_of(folder),
        parent_key=posixpath.dirname(folder) or None,
        position=position,
        description=index.summary if index else "",
    )


def _entry_rank(entry: Entry) -> tuple[bool, float, str]:
    return (not entry.is_index, *_rank(entry.position, entry.key))


def _rank(position: float | None, path: str) -> tuple[float, str]:
    numbered = _NUMBERED.match(posixpath.basename(path))
    if position is None and numbered:
        position = int(numbered["number"])
    return (math.inf if position is None else position, path)
