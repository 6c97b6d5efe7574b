"""Front matter: the YAML block at the head of a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml
from frontmatter.default_handlers import YAMLHandler

# Two hyphens are enough at the edge: a slip that real help centres have, and that would show up in the text.
_HANDLER: Final = YAMLHandler(fm_boundary=re.compile(r"^-{2,}[ \t]*$", re.MULTILINE))
_TITLES: Final = ("title", "seo.title", "sidebar_label", "sidebarTitle")
_SUMMARIES: Final = ("summary", "description", "seo.description", "excerpt")
_POSITIONS: Final = ("sidebar_position", "order", "weight", "nav_order", "position")


class MatterError(Exception):
    """The front matter cannot be read; `line` is where, counted from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What front matter says of an article; `position` is None when it does not say where it stands.

    `audience` holds its tokens with spaces between them, right or wrong.
    """

    title: str = ""
    summary: str = ""
    slug: str = ""
    position: int | None = None
    is_draft: bool = False
    audience: str = ""


def split_matter(text: str) -> tuple[Matter, str, int]:
    """Return a file's front matter, its body, and the line on which the body begins.

    Raises:
        MatterError: the block is not closed, or is not YAML.
    """
    if not _HANDLER.detect(text):
        return Matter(), text, 1
    try:
        block, body = _HANDLER.split(text)
    except ValueError:
        if not re.match(r"-+\s*\n[ \t]*[\w-]+:", text):
            return Matter(), text, 1
        raise MatterError("front matter is never closed", line=1) from None
    values = _load(block)
    if not isinstance(values, Mapping):
        return Matter(), text, 1
    return _matter(values), body, text[: len(text) - len(body)].count("\n") + 1


def _load(block: str) -> object:
    try:
        return _HANDLER.load(block)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MatterError(f"front matter is not YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MatterError(f"front matter is not YAML: {error}", line=1) from error


def _matter(values: Mapping[object, object]) -> Matter:
    position = next(
        (found for name in _POSITIONS if isinstance(found := values.get(name), int | float)), None
    )
    return Matter(
        title=_first_text(values, _TITLES),
        summary=_first_text(values, _SUMMARIES),
        slug=_text(values.get("slug")),
        position=None if position is None else int(position),
        is_draft=values.get("draft") is True,
        audience=_words(values.get("audience")),
    )


def _words(value: object) -> str:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return " ".join(map(str, items))


def _first_text(values: Mapping[object, object], names: tuple[str, ...]) -> str:
    return next(filter(None, (_text(_at(values, name)) for name in names)), "")


def _at(values: Mapping[object, object], name: str) -> object:
    """Return the value at a dotted path, None when there is none."""
    head, _, rest = name.partition(".")
    value = values.get(head)
    if not rest:
        return value
    return _at(value, rest) if isinstance(value, Mapping) else None


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
