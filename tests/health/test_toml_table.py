"""Strict TOML: values come out as they stand, mistakes with the line where they stand."""

from collections.abc import Callable
from typing import Final

import pytest

from portal.core.errors import InvalidError
from portal.health.toml_table import TomlTable, read_toml

TEXT: Final = """
name = "engawa"
size = 2.5
seats = 3
open = true
words = [
  "garden", # Words in a list are no keys.
  "house",
]

[rooms]
kind = "all"

[[rooms.room]]
name = "kitchen"

[[rooms.room]]
name = "hall"
doors = [ { to = "kitchen" } ]
[[rooms.room.window]]
glass = 0
"""


def test_values_are_taken_as_they_stand() -> None:
    table = read_toml(TEXT)
    assert (table.text("name"), table.number("size"), table.flag("open")) == ("engawa", 2.5, True)
    assert (table.count("seats", default=1), table.texts("words")) == (3, ("garden", "house"))
    assert [room.text("name") for room in table.table("rooms").tables("room")] == ["kitchen", "hall"]


def test_absent_options_have_their_defaults() -> None:
    table = read_toml(TEXT)
    assert (table.count("doors", default=4), table.flag("closed"), table.optional_number("width")) == (
        4,
        False,
        None,
    )


def hall(table: TomlTable) -> TomlTable:
    return table.table("rooms").tables("room")[1]


@pytest.mark.parametrize(
    ("take", "said"),
    [
        (lambda table: table.text("title"), "Line 1: title is missing"),
        (lambda table: table.text("seats"), "Line 4: seats must be a text"),
        (lambda table: table.text("name", among=["a", "b"]), "Line 2: name must be one of: a, b"),
        (lambda table: table.number("name"), "Line 2: name must be a number above 0"),
        (lambda table: table.number("open"), "Line 5: open must be a number above 0"),
        (lambda table: table.count("size", default=1), "Line 3: size must be a whole number from 1"),
        (lambda table: table.flag("seats"), "Line 4: seats must be true or false"),
        (lambda table: table.texts("name"), "Line 2: name must be a list of texts"),
        (lambda table: table.table("words"), "Line 6: words must be a table"),
        (lambda table: table.tables("rooms"), "Line 11: rooms must be a list of tables"),
        (
            lambda table: table.table("rooms").tables("room")[0].text("size"),
            r"Line 14: rooms.room\[1\].size is",
        ),
        (lambda table: hall(table).number("name"), r"Line 18: rooms.room\[2\].name must be"),
        (
            lambda table: hall(table).tables("doors")[0].number("to"),
            r"Line 19: rooms.room\[2\].doors\[1\].to",
        ),
        (
            lambda table: hall(table).tables("window")[0].number("glass"),
            r"Line 21: rooms.room\[2\].window\[1\].glass must be",
        ),
        (lambda table: table.table("rooms").close(), r"Line 12: rooms.kind has no meaning here"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_place(take: Callable[[TomlTable], object], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        take(read_toml(TEXT))


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1000001", "1" + "0" * 400, "true", '"3"'])
def test_a_number_is_above_zero_and_not_absurd(value: str) -> None:
    with pytest.raises(InvalidError, match="Line 2: scale must be a number above 0"):
        read_toml(f"# A comment.\nscale = {value}").number("scale")


def test_a_table_of_which_all_was_taken_closes() -> None:
    table = read_toml('name = "engawa"')
    table.text("name")
    table.close()


@pytest.mark.parametrize(
    "line",
    [
        "a." * 20_000 + "a = 1",
        "[" + "a." * 11 + "a]",
        "[[" + "a . " * 11 + "a]]",
        """b = ['x', {"a\\"b".'c'.""" + "d." * 10 + "e = 1}]",
        'b = ["""", """\n""", {' + '"a".' * 11 + "b = 1}]",
    ],
)
def test_a_name_of_many_parts_is_refused_before_it_is_read(line: str) -> None:
    with pytest.raises(InvalidError, match=r"Line [23]: a name has more than 10 dots"):
        read_toml(f"# A comment.\n{line}\n")


def test_names_of_some_parts_and_texts_with_dots_are_read() -> None:
    sentences = "One thing. " * 12 + "e.g. 1.5 ..." + "." * 30
    table = read_toml(f"# {sentences}\n" + "a." * 10 + f'a = "{sentences}"\n')
    assert "a" in table


def test_what_is_not_toml_is_told_with_its_line() -> None:
    with pytest.raises(InvalidError, match="Line 2: this is not TOML"):
        read_toml("a = 1\nb = \n")
