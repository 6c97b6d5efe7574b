"""The folder of an import: what may be read of it, and nothing outside."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.imports.conversion.page import NOT_TEXT
from portal.imports.source import Problem, SourceImage

MOST_TEXT_BYTES: Final = 1_000_000
MOST_IMAGE_BYTES: Final = 20_000_000
IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif", ".bmp", ".ico"})
_NOT_CONTENT: Final = frozenset({"node_modules", "__pycache__"})
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
# Where site generators keep the files that they serve from the root of the site.
_PUBLIC: Final = ("", "public", "static", "assets", "assets/static")


class UnreadableError(Exception):
    """A file cannot be used; `line` is None when all of it cannot."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder; `path` is relative to it, with slashes and composed characters."""

    path: str
    location: Path


class Folder:
    """A folder with articles in one language, inside of a product's folder that may hold images beside it.

    The product's folder is the parent when the folder is named after its language, or is the `docs` of a
    Docusaurus site; otherwise it is the folder itself. Nothing outside of it is ever read.
    """

    def __init__(self, directory: Path, *, language: str) -> None:
        self.root = directory.resolve()
        self.is_of_language = re.split("[-_]", self.root.name)[0] == language
        is_docs = self.root.name == "docs" and any(self.root.parent.glob("docusaurus.config.*"))
        self.product = self.root.parent if self.is_of_language or is_docs else self.root
        self.problems: list[Problem] = []

    @property
    def prefix(self) -> str:
        """The folder's path in the product's folder, empty when they are the same."""
        return "" if self.product == self.root else self.root.name

    def languages(self) -> frozenset[str]:
        """Return the names of the folders beside this one that hold other languages."""
        if not self.is_of_language:
            return frozenset()
        names = (path.name for path in self.product.iterdir() if path.is_dir())
        return frozenset(name for name in names if _LANGUAGE.fullmatch(name) and name != self.root.name)

    def files_in_other_languages(self) -> Iterator[str]:
        """Yield the paths, relative to their language's folder, of the files beside this folder."""
        for name in sorted(self.languages()):
            root = self.product / name
            yield from (path.relative_to(root).as_posix() for path in root.rglob("*"))

    def files(self) -> Iterator[File]:
        """Yield the files in order; what may not be read is reported."""
        for place, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if self._is_content(Path(place, name)))
            for name in sorted(names):
                location = Path(place, name)
                if name.startswith("."):
                    continue
                if self._is_inside(location):
                    yield File(self._relative(location), location)
                else:
                    self._report(location, "link leaves the folder")

    def read_text(self, location: Path, *, most_bytes: int = MOST_TEXT_BYTES) -> str:
        """Return a file's text with plain line ends, and without what is no text.

        Raises:
            UnreadableError: it is too large, not UTF-8, or cannot be opened.
        """
        text = self.read_as_written(location, most_bytes=most_bytes)
        return re.sub("\r\n?", "\n", text).translate(NOT_TEXT)

    def read_as_written(self, location: Path, *, most_bytes: int = MOST_TEXT_BYTES) -> str:
        """Return a file's text.

        Raises:
            UnreadableError: it is too large, not UTF-8, or cannot be opened.
        """
        try:
            size = location.stat().st_size
            if size > most_bytes:
                raise UnreadableError(f"file has {size:,} bytes; at most {most_bytes:,} are read")
            data = location.read_bytes()
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableError(f"file is not UTF-8 (byte 0x{data[error.start]:02x})", line=line) from error
        except OSError as error:
            raise UnreadableError(f"file cannot be read: {error.strerror}") from error

    def image(self, path: str, *, article: str) -> SourceImage | None:
        """Return the image that an article of this path refers to, None when there is none to read.

        A path that begins with a slash is looked for wherever a generator serves the root of the site from.
        """
        if path.startswith("/"):
            candidates = [self.product / public / path.lstrip("/") for public in _PUBLIC]
        else:
            candidates = [self.root / Path(article).parent / path]
        for candidate in candidates:
            location = Path(os.path.normpath(candidate))
            if location.suffix.lower() in IMAGE_SUFFIXES and self._is_inside(location) and location.is_file():
                size = location.stat().st_size
                return SourceImage(path=self._in_product(location), size_bytes=size, read=location.read_bytes)
        return None

    def leaves(self, path: str) -> bool:
        """Tell whether a path relative to the folder leads out of the product's folder."""
        location = Path(os.path.normpath(self.root / path))
        return not location.is_relative_to(self.product) or not self._is_inside(location)

    def _is_content(self, folder: Path) -> bool:
        if folder.name.startswith(".") or folder.name in _NOT_CONTENT:
            return False
        if folder.is_symlink():
            self._report(folder, "links to folders are not followed")
            return False
        return True

    def _is_inside(self, location: Path) -> bool:
        try:
            return Path(os.path.realpath(location)).is_relative_to(self.product)
        except (OSError, ValueError):  # A name that no file can have.
            return False

    def _report(self, location: Path, message: str) -> None:
        self.problems.append(Problem(path=self._relative(location), line=None, message=message))

    def _relative(self, location: Path) -> str:
        return unicodedata.normalize("NFC", location.relative_to(self.root).as_posix())

    def _in_product(self, location: Path) -> str:
        return unicodedata.normalize("NFC", location.relative_to(self.product).as_posix())
