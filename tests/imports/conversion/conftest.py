from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portal.imports.conversion.convert import convert, finished
from portal.imports.conversion.headings import Outline
from portal.imports.conversion.page import TOKEN, Page
from portal.imports.formats import FORMATS


@dataclass(frozen=True, slots=True)
class Result:
    """A converted text: destinations of links are put back as they were written."""

    body: str
    outline: Outline
    dropped: list[tuple[int | None, str]]
    problems: list[tuple[int | None, str]]


@pytest.fixture
def converted() -> Callable[..., Result]:
    def run(text: str, *, source: str = "markdown", title: str = "Title") -> Result:
        kind, page = FORMATS[source], Page("page.md")
        outline = convert(kind.prepare(text, page), page, title=title, is_mdx=kind.is_mdx, passes=kind.passes)
        body = TOKEN.sub(
            lambda token: page.targets[int(token[2])].url if token[1] == "u" else token[0], outline.body
        )
        return Result(
            finished(body, page),
            outline,
            [(item.line, item.construct) for item in page.dropped],
            [(item.line, item.message) for item in page.problems],
        )

    return run


@pytest.fixture
def markdown(converted: Callable[..., Result]) -> Callable[..., str]:
    return lambda text, **options: converted(text, **options).body
