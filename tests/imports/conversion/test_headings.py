import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.conversion.headings import anchors, put_in_order
from portal.imports.conversion.page import Page

Converted = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "title", "body"),
    [
        ("# A\n\nText", "A", "Text"),
        ("Text\n\n# A `b` *c*\n\n### D", "A b c", "Text\n\n## D"),
        ("## A\n\nText", "A", "Text"),
        ("Text\n\n## A", "A", "Text\n\n## A"),
        ("A\n===\n\nText\n\nB\n---", "A", "Text\n\n## B"),
        ("# A\n\n# B\n\n### C", "A", "## B\n\n### C"),
        ("# [A](b) #", "A", ""),
        ("Text", "", "Text"),
        ("# A<br>\n\n## B<br>", "A", "## B"),
        ("#Not one", "", r"\#Not one"),
    ],
)
def test_the_title_is_the_first_heading(converted: Converted, source: str, title: str, body: str) -> None:
    result = converted(source, title="")
    assert (result.outline.title, result.body) == (title, body)


def test_a_given_title_takes_out_the_heading_that_repeats_it(converted: Converted) -> None:
    assert converted("# A\n\nText", title="A").body == "Text"
    assert converted("## A\n\nText", title="A").body == "Text"
    assert converted("# Other\n\nText", title="A").body == "## Other\n\nText"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#### A\n\n# B\n\n### C\n\n###### D\n\n## E", "## A\n\n## B\n\n### C\n\n#### D\n\n### E"),
        ("> ### A\n\n- #### B", "> ## A\n\n- ### B"),
        ("## A\n\n## \n\n#### B", "## A\n\n### B"),
        ("## A {#one}", "## A"),
    ],
)
def test_headings_begin_at_two_and_skip_no_level(converted: Converted, source: str, expected: str) -> None:
    assert converted(source).body == expected


@given(st.lists(st.integers(1, 7), max_size=20))
def test_any_headings_come_out_in_order(levels: list[int]) -> None:
    text = "\n\n".join(f"{'#' * level} h{n}" for n, level in enumerate(levels))
    outline = put_in_order(text, Page("a.md"), "Title")
    result = [len(marks) for marks in re.findall(r"(?m)^#+", outline.body)]
    assert result == [heading.level for heading in outline.headings]
    assert len(result) == len(levels)
    assert all(level <= above + 1 for above, level in zip([1, *result], result, strict=False))


def test_names_belong_to_the_heading_they_stand_in_above_or_under(converted: Converted) -> None:
    outline = converted(
        'Top <a name="zero"></a>\n\n## A {#one}\n\n<a id="two"></a>\n\n'
        '## B <a name="three"></a>\n\n- <a name="four"></a>x'
    ).outline
    assert outline.top_names == ("zero",)
    assert [heading.names for heading in outline.headings] == [("one",), ("two", "three", "four")]
    assert "\ufdd0" not in outline.body


def test_anchors_are_words_and_unique(converted: Converted) -> None:
    headings = converted("## A & b\n\n## A, B\n\n## 通知の種類 / 設定\n\n## !!!").outline.headings
    assert anchors(headings) == ("a-b", "a-b-1", "通知の種類-設定", "section")
