"""What was read of an export, each part with the file and the lines that it stands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from portal.imports.source import Dropped, Problem, Skipped
from portal.knowledge.portable.fields import Fields
from portal.knowledge.portable.parts import PortableArticle, PortableSection, PortableShared, PortableText

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A part, its file, and the lines of what the file says."""

    part: T
    path: str
    fields: Fields

    def problem(self, name: str, message: str) -> Problem:
        """Return what is wrong with a value."""
        return Problem(path=self.path, line=self.fields.line_of(name), message=message)


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article and its texts, the one that the others were made from first.

    `section` is None if its folder has none; `about` is None if no file says what holds for all texts.
    """

    key: str
    section: str | None
    about: Found[PortableArticle] | None
    texts: tuple[Found[PortableText], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportTree:
    """A whole export; `states` are those at the time of writing, `files` lie in the folder by their keys.

    Sections come before those below them. `missing` counts the files that were written and are gone.
    """

    root: Path
    sections: tuple[Found[PortableSection], ...]
    articles: tuple[FoundArticle, ...]
    shared: Mapping[str, tuple[Found[PortableShared], ...]]
    files: Mapping[str, Path]
    states: Mapping[str, str]
    missing: int
    problems: tuple[Problem, ...]
    dropped: tuple[Dropped, ...]
    skipped: tuple[Skipped, ...]
