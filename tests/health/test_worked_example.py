"""The example of docs/health.md, recalculated: what is written there is what the code does."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from portal.health.model import load
from portal.health.rules import Evidence, Tally, score

PAGE = (Path(__file__).parents[2] / "docs/health.md").read_text(encoding="utf-8")
TODAY = date(2026, 11, 20)


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table with these first words."""
    table = PAGE[PAGE.index(f"| {heading}") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]


def shown(number: float | None) -> str:
    return "–" if number is None else f"{number:.4f}"


def test_the_ages_are_those_of_the_days() -> None:
    for day, _kind, _person, _signals, age in rows("day | kind"):
        assert (TODAY - date.fromisoformat(day)).days == int(age)


def test_the_score_and_all_its_parts_are_as_written() -> None:
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert text
    tallies = tuple(
        Tally(kind=kind, day=date.fromisoformat(day), person=person, signals=int(signals))
        for day, kind, person, signals, _age in rows("day | kind")
    )
    result = score(load(text[1]), Evidence(seats=4, tallies=tallies), TODAY)

    def lines() -> Iterator[list[str]]:
        for part in result.components:
            value = None if part.value_e4 is None else part.value_e4 / 10_000
            yield [part.name, "", shown(value), shown(part.contribution_e4 / 10_000)]
            for item in part.features:
                value = None if item.value_e4 is None else item.value_e4 / 10_000
                numbers = (item.raw, value, item.contribution_e4 / 10_000)
                yield [f"– {item.name}", *map(shown, numbers)]

    assert list(lines()) == rows("component or feature")
    assert f"**{shown((result.points_e4 or 0) / 10_000)}**, {result.band}" in PAGE
    assert f"coverage {result.coverage_e4 / 100} %" in PAGE
