import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.conversion.convert import convert, finished
from portal.imports.conversion.page import Page

FRAGMENTS = [
    *(
        "<Note>",
        "</Note>",
        "<Step title='a'>",
        "</Step>",
        "<td>",
        "<tr>",
        "<table>",
        "</table>",
        "<li>",
        "<ul>",
    ),
    *("</ul>", "<a href='b'>", "</a>", "<x>", "</x>", "<br/>", "<img src='a'/>", "<code>", "</code>", "`"),
    *("::: tip\n", ":::\n", "```\n", "- ", "1. ", "> ", "    ", "\n", "\n\n", "| a |", "# ", "## a\n", "a"),
    *("[b](c)", "![", "](", "{", "}", "{{ d }}", "<!--", "-->", "{/*", "*/}", "---\n", "import a from 'b'\n"),
    *("**", "\\", "[[toc]]\n"),
]


@given(fragments=st.lists(st.sampled_from(FRAGMENTS), max_size=25), is_mdx=st.booleans())
def test_any_text_is_converted_and_no_token_is_left(fragments: list[str], *, is_mdx: bool) -> None:
    page = Page("a.md")
    outline = convert("".join(fragments), page, title="Title", is_mdx=is_mdx, passes=())
    body = finished(outline.body, page)
    assert {part[0] for part in body.split("\ufdd0")[1:]} <= {"u"}
    lines = "".join(fragments).count("\n") + 1
    assert all(1 <= (item.line or 0) <= lines for item in page.dropped)
    assert all(1 <= target.line <= lines for target in page.targets)


@pytest.mark.parametrize(
    "shape", ["<pre>", "<script>", "<Note>", "<a ", "[a](", "`a ", "{{", "<!--", "::: tip\n", "# a\n"]
)
def test_long_and_hostile_texts_take_no_long_time(converted: Callable[..., Any], shape: str) -> None:
    start = time.process_time()
    converted(shape * 5_000 + " " * 5_000, source="mintlify")
    assert time.process_time() - start < 5


def test_brackets_that_are_never_closed_take_no_long_time(converted: Callable[..., Any]) -> None:
    start = time.perf_counter()
    body = converted("[a " + "[b](c) ![d](e) " * 40).body
    assert body == "[a " + "[b](c) ![d](e) " * 40
    assert time.perf_counter() - start < 5


def test_text_without_anything_particular_is_left_as_it_is(converted: Callable[..., Any]) -> None:
    text = (
        "## A\n\nText *a* **b** ~~c~~ `d`.\n\n- [ ] e\n- [x] f\n\n| g | h |\n| --- | --- |\n| i | j |\n\n"
        "> [!NOTE]\n> k\n\n---\n\n[^1]: l"
    )
    result = converted(text)
    assert result.body == text
    assert (result.dropped, result.problems) == ([], [])
