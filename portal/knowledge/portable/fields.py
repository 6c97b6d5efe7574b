"""YAML of which every value knows its line, and YAML that is the same every time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import yaml

_MATTER: Final = re.compile(
    r"\ufeff?---[ \t]*\r?\n(?P<block>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_RARE_LINE_END: Final = re.compile("[\x85\u2028\u2029]")
_MOST_DIGITS: Final = 9


class MalformedError(Exception):
    """A file says something that cannot be read; `line` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Value:
    """A text, and the line it stands in."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping of a file, as it was written; `line` is where it begins."""

    nodes: Mapping[str, yaml.Node]
    line: int
    offset: int = 0

    def __contains__(self, name: str) -> bool:
        return name in self.nodes

    def line_of(self, name: str) -> int:
        """Return where a value stands; where the mapping does if there is none."""
        node = self.nodes.get(name)
        return self.line if node is None else _line(node, self.offset)

    def text(self, name: str) -> str:
        """Return a text as it was written, an empty one if there is none.

        Raises:
            MalformedError: it is a list or a mapping.
        """
        return _text(node, self.offset, name) if (node := self.nodes.get(name)) else ""

    def texts(self, name: str) -> list[Value]:
        """Return the texts of a list, or the only one.

        Raises:
            MalformedError: one of them is a list or a mapping.
        """
        node = self.nodes.get(name)
        items = node.value if isinstance(node, yaml.SequenceNode) else [node] if node else []
        values = [Value(_text(item, self.offset, name), _line(item, self.offset)) for item in items]
        return [value for value in values if value.text]

    def number(self, name: str) -> int | None:
        """Return a whole number, None if there is none.

        Raises:
            MalformedError: it is something else, or has more than nine digits.
        """
        text = self.text(name)
        if not text:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            raise self.malformed(name, "is no whole number")
        return int(text)

    def instant(self, name: str) -> datetime | None:
        """Return an instant in UTC, None if there is none; one without a zone is in UTC.

        Raises:
            MalformedError: it is something else.
        """
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text) if text else None
            return found and (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))
        except (ValueError, OverflowError) as error:
            raise self.malformed(name, "is no date and time, such as 2026-11-20 03:00:00Z") from error

    def is_true(self, name: str) -> bool:
        """Tell whether a value is true; what is missing is not.

        Raises:
            MalformedError: it is neither true nor false.
        """
        text = self.text(name).lower()
        if text not in {"", "true", "false", "yes", "no"}:
            raise self.malformed(name, "is neither true nor false")
        return text in {"true", "yes"}

    def by_language(self, name: str) -> dict[str, str]:
        """Return texts by language.

        Raises:
            MalformedError: it is something else.
        """
        node = self.nodes.get(name)
        if node is None:
            return {}
        below = _mapping(node, self.offset, name)
        return {language: below.text(language) for language in below.nodes}

    def records(self, name: str) -> Sequence["Fields"]:
        """Return the mappings of a list.

        Raises:
            MalformedError: it is no list of mappings.
        """
        node = self.nodes.get(name)
        return [] if node is None else list(_mappings(node, self.offset, name))

    def malformed(self, name: str, message: str) -> MalformedError:
        """Return an error that names a value and its line."""
        return MalformedError(f"{name} {message}", line=self.line_of(name))


def split(content: str) -> tuple[Fields, str, int]:
    """Return a file's front matter, its body but for the last line end, and how many lines are before it.

    A program that has turned all line ends into those of Windows has turned those of the front matter, too.

    Raises:
        MalformedError: it has no front matter, or none that is YAML.
    """
    found = _MATTER.match(content)
    if found is None:
        raise MalformedError("file has no front matter", line=1)
    rest = content[found.end() :]
    if "\r\n" in found["block"]:
        rest = rest.replace("\r\n", "\n")
    body = rest.removeprefix("\n")
    before = content.count("\n", 0, found.end()) + (body is not rest)
    return mapping_of(found["block"], offset=1), body.removesuffix("\n"), before


def mapping_of(block: str, *, offset: int = 0) -> Fields:
    """Return the mapping that a text is, below `offset` lines of its file; an empty text is an empty one.

    Raises:
        MalformedError: it is something else.
    """
    node = _composed(block, offset)
    return Fields({}, offset + 1, offset) if node is None else _mapping(node, offset, "file")


def mappings_of(content: str) -> Sequence[Fields]:
    """Return the mappings of the list that a text is.

    Raises:
        MalformedError: it is something else.
    """
    node = _composed(content, 0)
    return [] if node is None else list(_mappings(node, 0, "file"))


def _composed(text: str, offset: int) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MalformedError(f"not YAML: {error.problem}", line=offset + line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MalformedError(f"not YAML: {error}", line=offset + 1) from error


def _line(node: yaml.Node, offset: int) -> int:
    return offset + int(node.start_mark.line) + 1


def _text(node: yaml.Node, offset: int, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise MalformedError(f"{name} is no text", line=_line(node, offset))
    return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _mapping(node: yaml.Node, offset: int, name: str) -> Fields:
    if not isinstance(node, yaml.MappingNode):
        raise MalformedError(f"{name} is no list of names and values", line=_line(node, offset))
    nodes: dict[str, yaml.Node] = {}
    for key, value in node.value:
        said = _text(key, offset, name)
        if said in nodes:
            raise MalformedError(f"{said} is said twice", line=_line(key, offset))
        nodes[said] = value
    return Fields(nodes, _line(node, offset), offset)


def _mappings(node: yaml.Node, offset: int, name: str) -> Iterator[Fields]:
    if not isinstance(node, yaml.SequenceNode):
        raise MalformedError(f"{name} is no list", line=_line(node, offset))
    yield from (_mapping(item, offset, name) for item in node.value)


class _Dumper(yaml.SafeDumper):
    """Writes rare line ends by their names: as they are, a reader takes them for spaces."""


def _words(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _RARE_LINE_END.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _words)


def written(values: Mapping[str, object] | Sequence[object]) -> str:
    """Return YAML of what is not empty, in the order in which it is given."""
    told = _told(values)
    return yaml.dump(told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))


def joined(values: Mapping[str, object], body: str) -> str:
    """Return a file of front matter and a body, as `split` reads it."""
    return f"---\n{written(values)}---\n\n{body}\n"


def _told(value: object) -> object:
    if isinstance(value, Mapping):
        told = {name: _told(item) for name, item in value.items() if item is not False}
        return {name: item for name, item in told.items() if item not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    return value
