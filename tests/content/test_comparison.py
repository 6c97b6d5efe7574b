"""Texts side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.comparison import Line, compare, differences
from portal.knowledge.publishing import Text

LINES = st.lists(st.sampled_from(["", "a b c", "a b d", "印刷します", "発行します", "x"]), max_size=12)


def said(line: Line | None) -> str:
    """Write a line with what the other side lacks in brackets."""
    parts = line.parts if line else (("–", False),)
    return "".join(f"[{text}]" if changed else text for text, changed in parts)


def rows(before: str, after: str) -> list[tuple[str, str]]:
    return [(said(row.before), said(row.after)) if row else ("⋯", "⋯") for row in compare(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("same", "same", []),
        ("Choose Print.", "Choose Send.", [("Choose [Print].", "Choose [Send].")]),
        (
            "請求書を印刷します。",
            "請求書を発行します。",
            [("請求書を[印刷]します。", "請求書を[発行]します。")],
        ),
        ("PDFを開く", "CSVを開く", [("[PDF]を開く", "[CSV]を開く")]),
        ("one", "one\ntwo", [("one", "one"), ("–", "[two]")]),
        ("one\ntwo", "two", [("[one]", "–"), ("two", "two")]),
        ("the old words", "nothing alike", [("[the old words]", "–"), ("–", "[nothing alike]")]),
        (
            "go\na b c d",
            "go\nnew line\na b c e",
            [("go", "go"), ("–", "[new line]"), ("a b c [d]", "a b c [e]")],
        ),
        ("b and a", "a and b", [("[b] and [a]", "[a] and [b]")]),
    ],
)
def test_what_differs_is_marked(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert rows(before, after) == expected


def test_equal_lines_far_away_are_left_out() -> None:
    before = "\n".join(str(number) for number in range(10))
    shown = rows(before, before.replace("5", "five"))
    assert shown[0] == shown[-1] == ("⋯", "⋯")
    assert [left for left, _right in shown[1:-1]] == ["3", "4", "[5]", "–", "6", "7"]
    assert rows(before, before.replace("0", "zero"))[0] == ("[0]", "–")
    assert rows(before, before.replace("9", "nine"))[-1] == ("–", "[nine]")


def test_a_line_too_long_to_compare_is_marked_as_a_whole() -> None:
    (row,) = compare("のに" * 1000, "のは" * 1000)
    assert row is not None
    assert row.before == Line(1, (("のに" * 1000, True),))


def test_only_the_parts_that_differ_are_compared() -> None:
    before, after = Text(title="Print", body="One.", summary="How"), Text(title="Send", body="One.")
    assert list(differences(before, after)) == ["title", "summary"]
    assert differences(before, before) == {}


@given(LINES, LINES)
def test_both_sides_are_whole_and_in_order(before: list[str], after: list[str]) -> None:
    old, new = ("\n".join(lines).splitlines() for lines in (before, after))
    shown = [row for row in compare("\n".join(before), "\n".join(after)) if row]
    for lines, sides in (
        (old, [row.before for row in shown]),
        (new, [row.after for row in shown]),
    ):
        numbers = [line.number for line in sides if line]
        assert numbers == sorted(set(numbers))
        for line in filter(None, sides):
            assert "".join(text for text, _changed in line.parts) == lines[line.number - 1]
        left_out = set(range(1, len(lines) + 1)) - set(numbers)
        assert all(lines[number - 1] in (new if lines is old else old) for number in left_out)
    unmarked = [
        ["".join(text for text, changed in line.parts if not changed) for line in side]
        for side in zip(*((row.before, row.after) for row in shown if row.before and row.after), strict=True)
    ]
    assert not unmarked or unmarked[0] == unmarked[1]
