"""Published attacks, parser tests and naughty strings: nothing outside the allow-list comes through."""

import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from portal.content.guard import MAX_SOURCE_CHARS
from portal.content.markdown import render
from tests.content.allowed import loaded_from_elsewhere, violations

HOSTILE: Final = Path(__file__).parents[3] / "shared/data/hostile"
LINES_TOGETHER: Final = 20
LIMIT_SECONDS: Final = 0.5
BUSY_LIMIT_SECONDS: Final = 3.0
"""On a machine that does much else at the same time; what explodes takes minutes."""
MOST_RENDERINGS: Final = 20

pytestmark = pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no hostile documents in {HOSTILE}")


def documents() -> Iterator[str]:
    """Each file whole, its lines in small groups, and each string inside JSON."""
    for path in sorted(HOSTILE.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode(errors="replace")
            lines = text.splitlines()
            yield from (text[at : at + MAX_SOURCE_CHARS] for at in range(0, len(text), MAX_SOURCE_CHARS))
            yield from (
                "\n\n".join(lines[at : at + LINES_TOGETHER]) for at in range(0, len(lines), LINES_TOGETHER)
            )
            if path.suffix in {".json", ".test"} and text.startswith(("{", "[")):
                yield from strings(json.loads(text))


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            yield from (text for item in value for text in strings(item))
        case dict():
            yield from (text for item in value.values() for text in strings(item))


def seconds(source: str) -> float:
    started = time.process_time()
    render(source)
    return time.process_time() - started


def check(sources: Iterator[str], *, limit: float = BUSY_LIMIT_SECONDS) -> None:
    """Render and inspect each document; the quickest of its renderings shows what it costs.

    Other work on a shared processor slows one rendering or another, and the processor seconds with it.
    """
    for source in sources:
        assert any(seconds(source) < limit for _ in range(MOST_RENDERINGS)), source
        html = render(source).html
        assert violations(html) + loaded_from_elsewhere(html) == [], source


def test_a_sample_of_hostile_documents_is_harmless_and_quick() -> None:
    check(islice(documents(), 0, None, 100))


@pytest.mark.slow
@pytest.mark.real
def test_an_eighth_of_the_hostile_documents_is_harmless_and_quick(request: pytest.FixtureRequest) -> None:
    """Another eighth with another seed."""
    check(islice(documents(), request.config.getoption("randomly_seed") % 8, None, 8))


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.whole
def test_every_hostile_document_is_harmless_and_quick() -> None:
    started = time.process_time()
    check(documents(), limit=LIMIT_SECONDS)
    assert time.process_time() - started < 120
