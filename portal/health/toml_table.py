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
LONGEST: Final = 100_000
LONGEST_LINE: Final = 200
MOST_TABLES: Final = 20
MOST_DOTS: Final = 10

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.-]+)")
_KEY: Final = re.compile(r"""[\w\s."'-]+=""")
_STRING: Final = re.compile(r""""[^"]*"|'[^']*'""")
_LONG_NAME: Final = re.compile(
    r"""(?:^|(?<=[\s{,\[]))(?:(?:[\w-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){11}""",
    re.MULTILINE,
)
_QUOTES: Final = re.compile(r"""["'\s]""")


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
        """Take a text of a line that is not blank, one of `among` if there are any."""
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a text."))
        if len(value) > LONGEST_LINE or not value.isprintable():
            message = N_("Line %(line)s: %(path)s must be one line of at most %(most)s characters.")
            raise self.fault(key, message, most=LONGEST_LINE)
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
        """Take a whole number from 1 to a million, or the default, if any, when the key is absent."""
        value = self.take(key) if default is None else self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST:
            raise self.fault(key, N_("Line %(line)s: %(path)s must be a whole number from 1 to 1000000."))
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
        if len(value) > MOST_TABLES:
            message = N_("Line %(line)s: %(path)s is one too many; there can be %(most)s.")
            raise self.fault(f"{key}[{MOST_TABLES + 1}]", message, most=MOST_TABLES)
        return [TomlTable(item, f"{path}[{place}]", self._lines) for place, item in enumerate(value, 1)]

    def close(self) -> None:
        """Refuse keys that were not taken."""
        for key in self._values:
            raise self.fault(key, N_("Line %(line)s: %(path)s has no meaning here."))


def read_toml(text: str) -> TomlTable:
    """Read a file's root table.

    Raises:
        InvalidError: text or name is too long, unseen characters are in it, or it is no TOML; says where.
    """
    _refuse_excess(text)
    try:
        return TomlTable(tomllib.loads(text), "", _lines(text))
    except RecursionError as error:
        raise InvalidError(
            N_("Line %(line)s: brackets are nested too deeply."), line=_deepest(text)
        ) from error
    except ValueError as error:  # Also what Python says of a number that is too long, or of no such day.
        raise _fault_of(error, text) from error


def _refuse_excess(text: str) -> None:
    if len(text) > LONGEST:
        line = text.count("\n", 0, LONGEST) + 1
        message = N_("Line %(line)s: the text is longer than %(most)s characters.")
        raise InvalidError(message, line=line, most=LONGEST)
    if found := _UNSEEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        code = f"U+{ord(found[0]):04X}"
        message = N_("Line %(line)s: the character %(code)s cannot be seen. Take it out.")
        raise InvalidError(message, line=line, code=code)
    if found := _LONG_NAME.search(text):  # The parser takes time that grows with the square of the dots.
        line = text.count("\n", 0, found.start()) + 1
        raise InvalidError(
            N_("Line %(line)s: a name has more than %(most)s dots."), line=line, most=MOST_DOTS
        )


def _deepest(text: str) -> int:
    """Return the line in which most brackets open."""
    lines = text.split("\n")
    return max(range(len(lines)), key=lambda place: lines[place].count("[") + lines[place].count("{")) + 1


def _fault_of(error: ValueError, text: str) -> InvalidError:
    """Say what the parser said; a number that it cannot take is in the longest line, of which it is most."""
    if found := _PLACE.search(str(error)):
        return InvalidError(
            N_("Line %(line)s: this is not TOML: %(problem)s."),
            line=int(found[1] or text.count("\n") + 1),
            problem=str(error)[: found.start()],
        )
    lines = text.split("\n")
    longest = max(range(len(lines)), key=lambda place: len(lines[place])) + 1
    return InvalidError(N_("Line %(line)s: a number is too long."), line=longest)


def comments_in(text: str) -> Mapping[str, str]:
    """Return what is said behind values, by their places such as `component[1].weight`."""
    lines = text.split("\n")
    said = {
        path: _STRING.sub("", lines[line - 1]).partition("#")[2].strip()
        for path, line in _lines(text).items()
    }
    return {path: words for path, words in said.items() if path and words}


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
            lines.setdefault(_join(table, _QUOTES.sub("", key[0][:-1])), number)
    return lines


def _line_of(path: str, lines: Mapping[str, int]) -> int:
    """Return the line of a place, or of the nearest thing around it."""
    while path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines[path]
