from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.blocks import Layout
from portal.content.code import CodeBlocks
from portal.content.footnotes import Footnotes
from portal.content.guard import MAX_NESTING, TooComplexError


def laid_out(source: str) -> tuple[str, list[str]]:
    """The laid-out text, where a number in braces stands for what is in the stash."""
    stash: list[str] = []

    def keep(html: str) -> str:
        stash.append(html)
        return f"{{{len(stash) - 1}}}"

    layout = Layout(source.split("\n"), stash=keep, code=CodeBlocks(), notes=Footnotes())
    return "\n".join(layout.run()), stash


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\n- b", "a\n\n- b"),
        ("- a\n  - b\n- c", "- a\n    - b\n- c"),
        ("1) a\n   b\n10) c", "1. a\n    b\n10. c"),
        ("- a\n1. b", "- a\n\n1. b"),
        ("- a\n\n  b\n- c", "- a\n\n    b\n\n- c"),
        ("- a\nb\n\nc", "- a\n    b\n\nc"),
        ("a\n# b\nc", "a\n\n# b\n\nc"),
        ("a\n---\nb\n* * *\nc", "a\n---\n\nb\n\n***\n\nc"),
        ("a\n> b\n> - c\nd", "a\n\n> b\n>\n> - c\n>     d"),
        ("a\n|b|\n|-|\n|c|", "a\n\n|b|\n|-|\n|c|"),
        ("    - code\n\na", "    - code\n\na"),
        ("a\n2. b\n-\n", "a\n2. b\n-"),
    ],
)
def test_blocks_are_set_apart_and_indented_by_four(source: str, expected: str) -> None:
    assert laid_out(source) == (expected, [])


def test_code_and_html_go_to_the_stash_whole() -> None:
    text, stash = laid_out("- a\n  ~~~\n  - b\n\n  <i>\n  ~~~~\n<pre>\n\n# c</pre> d\n<div>\n*e*\n\n*f*")
    assert text == "- a\n\n    {0}\n\n{1}\n\n{2}\n\n\n*f*"
    assert stash == [
        "<pre><code>- b\n\n&lt;i&gt;</code></pre>",
        "<pre>\n\n# c</pre> d",
        "<div>\n*e*",
    ]


@pytest.mark.parametrize(
    ("source", "end"), [("<!-- a\n\nb", "-->"), ("<pre>\n\na", "</pre>"), ("<STYLE>a", "</style>")]
)
def test_what_is_left_open_is_closed(source: str, end: str) -> None:
    assert laid_out(source) == ("{0}", [source + end])


@pytest.mark.parametrize("mark", ["> ", "- ", ">\n> ", "1. "])
def test_nesting_has_an_end(mark: str) -> None:
    assert laid_out(mark * MAX_NESTING + "a")
    with pytest.raises(TooComplexError):
        laid_out("> " * (MAX_NESTING + 1) + "a")


def words(text: str) -> list[str]:
    return [word for word in text.split() if word.isalpha()]


@given(
    st.lists(
        st.sampled_from(["a", "b ", "- ", "1. ", "> ", "\n", "\n\n", "  ", "    ", "# ", "|", "---", "c"])
    )
)
def test_no_word_is_lost_or_moved(parts: Iterable[str]) -> None:
    source = "".join(parts)
    assert words(laid_out(source)[0]) == words(source)
