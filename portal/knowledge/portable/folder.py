"""The folder of an export: nothing outside is written, and nothing in it that no export has written."""

import re
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.knowledge.portable.layout import (
    ARTICLES,
    FILES,
    GUIDE,
    MANIFEST,
    SECTIONS,
    SNIPPETS,
    TEMPLATES,
    UNFINISHED,
)
from portal.knowledge.portable.manifest import Manifest

_OURS: Final = re.compile(
    rf"{re.escape(GUIDE)}|{re.escape(SECTIONS)}"
    rf"|{ARTICLES}/[^/\\]+/[^/\\]+|(?:{SNIPPETS}|{TEMPLATES}|{FILES})/[^/\\]+"
)


class ExportFolder:
    """A folder that is empty, or holds an export that may be written again.

    While it is written, a list of its files says that it is unfinished.

    Raises:
        InvalidError: it holds something else.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._written: set[str] = set()
        self._earlier = self._listed()

    def _listed(self) -> AbstractSet[str]:
        """Return the files that an earlier export, whole or not, has written here."""
        manifest, unfinished = self._root / MANIFEST, self._root / UNFINISHED
        paths: set[str] = set()
        if unfinished.is_file():
            paths.update(unfinished.read_text(encoding="utf-8").split("\n"))
        if manifest.is_file():
            paths.update(Manifest.of(manifest.read_text(encoding="utf-8")).paths)
        elif not unfinished.is_file() and self._root.exists() and self._holds_something():
            raise InvalidError(
                N_("%(path)s is not empty and holds no export. Choose an empty folder."), path=self._root
            )
        return {path for path in paths if _OURS.fullmatch(path) and ".." not in path.split("/")}

    def _holds_something(self) -> bool:
        """Tell whether there is more than, say, the history of a version control system."""
        return any(not place.name.startswith(".") for place in self._root.iterdir())

    def begin(self, paths: AbstractSet[str]) -> None:
        """Say that the folder is unfinished until these files are written.

        Raises:
            InvalidError: something that no export wrote is in the way.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        for path in sorted(paths):
            place = self._place(path)
            if path not in self._earlier and place.exists():
                raise InvalidError(
                    N_("%(path)s was not written by an export. Import or move it first."), path=place
                )
        self._put(self._root / UNFINISHED, "\n".join(sorted(self._earlier | paths)).encode())
        (self._root / MANIFEST).unlink(missing_ok=True)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file; one that is the same already is left alone.

        Raises:
            InvalidError: its folder is a link.
        """
        place = self._place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._put(place, content.encode() if isinstance(content, str) else content)
        self._written.add(path)

    def finish(self, manifest: Manifest) -> None:
        """Take away what earlier exports wrote and this one did not; then say that it is whole."""
        for path in sorted(self._earlier - self._written):
            place = self._place(path)
            place.unlink(missing_ok=True)
            _forget_if_empty(place.parent)
        self._put(self._root / MANIFEST, str(manifest).encode())
        (self._root / UNFINISHED).unlink()

    def _place(self, path: str) -> Path:
        """Return where a file lies.

        Raises:
            InvalidError: the way to it leads through a link.
        """
        place = self._root / path
        for above in place.parents[: len(Path(path).parts) - 1]:
            if above.is_symlink():
                raise InvalidError(N_("%(path)s is a link, and could lead out of the export."), path=above)
        return place

    def _put(self, place: Path, content: bytes) -> None:
        """Write all or nothing, and never through a link."""
        if place.is_file() and not place.is_symlink() and place.read_bytes() == content:
            return
        partial = place.with_name(f"{UNFINISHED}.part")
        partial.unlink(missing_ok=True)
        partial.write_bytes(content)
        partial.replace(place)


def _forget_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
