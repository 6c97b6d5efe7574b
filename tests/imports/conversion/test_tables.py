from collections.abc import Callable
from typing import Any

Converted = Callable[..., Any]


def test_rows_become_a_pipe_table_headed_by_the_first(converted: Converted) -> None:
    result = converted(
        "<table class='x'>\n  <thead><tr><th>A</th><th>B</th></tr></thead>\n"
        "  <tbody><tr><td>1 | 2</td><td>\n\n- x\n- y\n\n</td></tr>"
        "<tr><td>`c`<br>d</td></tr></tbody>\n</table>"
    )
    assert result.body == "| A | B |\n| --- | --- |\n| 1 \\| 2 | • x<br>• y |\n| `c`<br>d |  |"
    assert result.dropped == []


def test_code_and_callouts_are_said_in_one_line(converted: Converted) -> None:
    result = converted(
        "<table><tr><th>A</th></tr><tr><td>\n\n```sh\nmake\nmake test\n```\n\n"
        "<Note>\n**N** x\n</Note>\n\n</td></tr></table>"
    )
    assert result.body.splitlines()[2] == "| `make`<br>`make test`<br>**N** x |"


def test_cells_that_span_others_leave_them_empty_and_are_reported(converted: Converted) -> None:
    result = converted(
        "<table>\n<tr><th colspan=2>A</th><th>B</th></tr>\n"
        "<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr>\n"
        "<tr><td>4</td><td>5</td></tr></table>"
    )
    assert result.body.splitlines()[0] == "| A |  | B |"
    assert result.body.splitlines()[3] == "|  | 4 | 5 |"
    assert result.dropped == [(2, "<th colspan>"), (3, "<td rowspan>")]


def test_a_span_of_a_million_columns_is_bounded(converted: Converted) -> None:
    assert len(converted("<table><tr><td colspan=1000000>A</td></tr></table>").body) < 2000


def test_missing_end_tags_end_where_the_next_begins(converted: Converted) -> None:
    body = converted("<table><tr><td>1<td>2<tr><td>3<td>4</table>").body
    assert body == "| 1 | 2 |\n| --- | --- |\n| 3 | 4 |"


def test_a_caption_stands_above(converted: Converted) -> None:
    body = converted("<table><caption>C</caption><tr><td>1</td></tr></table>").body
    assert body.startswith("**C**\n\n| 1 |")


def test_an_empty_table_is_nothing(converted: Converted) -> None:
    assert converted("A\n\n<table></table>\n\nB").body == "A\n\nB"
