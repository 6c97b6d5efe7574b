"""Names, sums and excerpts of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import InvalidError
from portal.health.model import Band, load, shipped_text
from portal.health.toml_table import comments_in
from portal.health.versions.rules import (
    Rescoring,
    band_moves,
    by_size,
    excerpt,
    histogram,
    next_version,
    renamed,
)

V1 = shipped_text("v1")


@pytest.mark.parametrize(
    ("version", "taken", "name"),
    [("v1", {"v1"}, "v2"), ("v1", {"v1", "v2"}, "v3"), ("fitted", set(), "fitted2"), ("v9", {"v10"}, "v11")],
)
def test_the_next_name_is_free(version: str, taken: set[str], name: str) -> None:
    assert next_version(version, taken) == name


def test_a_renamed_text_says_the_same_under_another_name() -> None:
    assert load(renamed(V1, "v7")).version == "v7"
    assert load(renamed(V1, "v7")).components == load(V1).components


@given(st.lists(st.integers(0, 1_000_000)))
def test_every_value_lies_in_one_bin(values: list[int]) -> None:
    bins = histogram(values, whole=1_000_000)
    assert (len(bins), sum(bins)) == (10, len(values))


def test_the_largest_changes_come_first() -> None:
    def row(name: str, before: int | None, after: int | None) -> Rescoring:
        bands = {None: None, 10: Band.AT_RISK, 90: Band.HEALTHY, 50: Band.WATCH}
        return Rescoring(
            account_id=1,
            name=name,
            before_e4=before,
            before_band=bands[before],
            after_e4=after,
            after_band=bands[after],
        )

    rows = [row("silent", None, None), row("rises", 10, 50), row("new", None, 10), row("falls", 90, 10)]
    assert [each.name for each in by_size(rows)] == ["new", "falls", "rises", "silent"]
    assert band_moves(rows)[Band.HEALTHY, Band.AT_RISK] == 1
    assert [each.moves for each in rows] == [False, True, True, True]


def test_an_excerpt_ends_with_the_text() -> None:
    assert excerpt("a\r\nb\nc", 1) == [(1, "a"), (2, "b"), (3, "c")]
    assert excerpt("a\nb", 9) == []


def test_reasons_are_what_stands_behind_values() -> None:
    said = comments_in(V1)
    assert said["component[1].weight"].startswith("A quarter: what is not set up")
    assert comments_in('a = "#b" # c\nd = 1') == {"a": "c"}


LINES = V1.split("\n")
LONGEST_TABLE = 24
characters = st.characters(exclude_categories=())


@given(st.integers(0, len(LINES) - 1), st.text(characters, max_size=30), st.integers(0, 1))
def test_a_text_with_any_change_is_a_model_or_refused_with_its_line(
    place: int, words: str, replaced: int
) -> None:
    lines = [*LINES]
    lines[place : place + replaced] = [words]
    try:
        load("\n".join(lines))
    except InvalidError as error:
        line = error.params["line"]
        assert isinstance(line, int)
        assert 1 <= line <= len("\n".join(lines).split("\n"))


values = st.one_of(
    st.just("{}"), st.just("[]"), st.just("-1"), st.just("1e999"), st.just("nan"), st.just("true"),
    st.just('""'), st.just("2026-11-20"), st.integers().map(str), st.floats().map(str), st.just("[[[1]]]"),
)  # fmt: skip


@given(st.integers(0, len(LINES) - 1), values)
def test_a_value_of_any_type_is_taken_or_refused_with_its_own_line(place: int, value: str) -> None:
    key, is_value, _ = LINES[place].partition(" = ")
    lines = [*LINES]
    lines[place] = f"{key} = {value}" if is_value else LINES[place]
    line = place + 1
    try:
        load("\n".join(lines))
    except InvalidError as error:
        line = int(str(error.params["line"]))
    assert abs(line - place - 1) <= LONGEST_TABLE
