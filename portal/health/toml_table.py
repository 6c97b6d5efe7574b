"""TOML read strictly: each value is checked as it is taken, and a mistake is told with its line."""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_

LARGEST: Final = 1_000_000

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.-]+)")
_KEY: Final = re.compile(r"\s*([\w-]+)\s*=")


class TomlTable:
    """A table whose keys are taken one by one; `close` refuses what nobody took.

    Each method raises InvalidError, naming line and place, when the value is missing or cannot be used.
    """

    def __init__(self, values: Mapping[str, Any], path: str, lines: Mapping[str, int]) -> None:
        self._values = dict(values)
        self._path = path
        self._lines = lines

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is there and was not taken."""
        return key in self._values

    def fault(self, key: str, message: str, **params: object) -> InvalidError:
        """Return the error to raise about a key; its message has places for `line` and `path`."""
        path = _join(self._path, key)
        return InvalidError(message, field=None, path=path, line=_line_of(path, self._lines), **params)

    def take(self, key: str) -> Any:
        """Take any value."""
        if key not in self._values:
            raise self.fault(key, N_("Line %(line)s: %(path)s is missing."))
        return self._values.pop(key)

    def text(self, key: str, *, among: Collection[str] = ()) -> str:
        """Take a text that is not blank, one of `among` if there are any."""
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a text."))
        if among and value not in among:
            choices = ", ".join(among)
            raise self.fault(key, N_("Line %(line)s: %(path)s must be one of: %(choices)s."), choices=choices)
        return value

    def number(self, key: str) -> float:
        """Take a number above zero and up to a million."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LARGEST:
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a number above 0, at most 1000000."))
        return value

    def optional_number(self, key: str) -> float | None:
        """Take a number above zero and up to a million; None when the key is absent."""
        return self.number(key) if key in self._values else None

    def count(self, key: str, *, default: int | None = None) -> int:
        """Take a whole number from 1, or the default, if there is any, when the key is absent."""
        value = self.take(key) if default is None else self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a whole number from 1."))
        return value

    def day(self, key: str) -> date:
        """Take a day, written as a text such as "2026-11-30"."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a day such as 2026-11-30.")) from None

    def flag(self, key: str) -> bool:
        """Take true or false; false when the key is absent."""
        value = self._values.pop(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, N_("Line %(line)s: %(path)s must be true or false."))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of at least one text."""
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a list of texts."))
        return tuple(value)

    def table(self, key: str) -> "TomlTable":
        """Take a table."""
        value = self.take(key)
        if not isinstance(value, dict):
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a table."))
        return TomlTable(value, _join(self._path, key), self._lines)

    def tables(self, key: str) -> list["TomlTable"]:
        """Take a list of at least one table."""
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a list of tables."))
        path = _join(self._path, key)
        return [TomlTable(item, f"{path}[{place}]", self._lines) for place, item in enumerate(value, 1)]

    def close(self) -> None:
        """Refuse keys that were not taken."""
        for key in self._values:
            raise self.fault(key, N_("Line %(line)s: %(path)s has no meaning here."))


def read_toml(text: str) -> TomlTable:
    """Read a file's root table.

    Raises:
        InvalidError: the text is not TOML.
    """
    try:
        return TomlTable(tomllib.loads(text), "", _lines(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(N_("This is not TOML: %(problem)s."), problem=error) from error


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _lines(text: str) -> dict[str, int]:
    """Find the line of every table header and every key that begins a line."""
    lines = {"": 1}
    paths: dict[str, str] = {}
    arrays: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            brackets, name = header.groups()
            parent, _, last = name.rpartition(".")
            table = _join(paths.get(parent, parent), last)
            if brackets == "[[":
                arrays[table] += 1
                table = f"{table}[{arrays[table]}]"
            paths[name] = table
            lines[table] = number
        elif key := _KEY.match(line):
            lines.setdefault(_join(table, key[1]), number)
    return lines


def _line_of(path: str, lines: Mapping[str, int]) -> int:
    """Return the line of a place, or of the nearest thing around it."""
    while path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines[path]
