"""The files of an export, and the objects in them, whose shape nobody vouches for."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from portal.imports.folder import Folder, UnreadableError
from portal.imports.source import Problem

MOST_BYTES: Final = 200_000_000
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Record:
    """An object of an export; `path` names its file."""

    path: str
    values: Mapping[str, object]

    def text(self, *names: str) -> str:
        """Return the first value of these names that says something, else an empty string."""
        return next(filter(None, (_text(self.values.get(name)) for name in names)), "")

    def number(self, name: str) -> int:
        """Return a whole number, 0 when there is none."""
        text = self.text(name).removeprefix("-")
        return int(self.text(name)) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0

    def is_true(self, name: str) -> bool:
        """Tell whether a value is true, in JSON's word or in another."""
        return self.text(name).lower() in {"true", "1", "yes", "y"}

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list."""
        values = self.values.get(name)
        return [text for text in map(_text, values) if text] if isinstance(values, list) else []

    def record(self, name: str) -> "Record":
        """Return an object inside, an empty one when there is none."""
        value = self.values.get(name)
        return Record(self.path, value if isinstance(value, dict) else {})

    def records(self, name: str) -> "list[Record]":
        """Return the objects of a list."""
        return list(records_of(self.path, self.values.get(name)))


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of an export: what its JSON says, the rows of its CSV in lists."""

    path: str
    content: object


def read_files(folder: Folder, *, only: str | None) -> Iterator[DataFile]:
    """Yield the data files of a folder, or `only` the one of a name; what cannot be read is reported."""
    for file in folder.files():
        read = _READERS.get(PurePosixPath(file.path).suffix.lower())
        if read is None or only not in (None, file.path):
            continue
        try:
            yield DataFile(file.path, read(folder.read_text(file.location, most_bytes=MOST_BYTES)))
        except UnreadableError as error:
            folder.problems.append(Problem(path=file.path, line=error.line, message=str(error)))
        except json.JSONDecodeError as error:
            folder.problems.append(
                Problem(path=file.path, line=error.lineno, message=f"not JSON: {error.msg}")
            )
        except (csv.Error, RecursionError) as error:
            folder.problems.append(Problem(path=file.path, line=None, message=f"cannot be read: {error}"))


def records_of(path: str, value: object) -> Iterator[Record]:
    """Yield the objects of a list, or the one that a value is."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield Record(path, item)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _json_lines(text: str) -> list[object]:
    items: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                items.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise UnreadableError(f"not JSON: {error.msg}", line=number) from error
    return items


def _csv(text: str) -> Sequence[Sequence[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".json": json.loads,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _csv,
}
