import time
from collections.abc import Callable
from html import escape
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.content.markdown import render
from tests.content.allowed import violations

# Beginning, what is repeated, end: each was slow, or made megabytes, in a parser behind `render`.
SHAPES: Final = [
    ("", "[", ""),
    ("", "![", ""),
    ("", "[a](", ""),
    ("", "[a](<b", ""),
    ("", "[a](b 'c", ""),
    ("", "[x][", ""),
    ("", "[a](b) ", ""),
    ("[a]: b\n\n", "[a]", ""),
    ("[a]: '", "'>", "x y"),
    ("[a]: ", "@<td>(b)]", " x"),
    ("", "*a _b ", ""),
    ("", "**a*", ""),
    ("", "~~a ~", ""),
    ("", "`a", ""),
    ("", "``\\", ""),
    ("!>\\", "```;", ""),
    ("", "\\*", ""),
    ("", "<", ""),
    ("", "<a ", ""),
    ("", '<a b="', ""),
    ("", "<a@b>", ""),
    ("", "<http://", ""),
    ("", "<!--", ""),
    ("", "<!--\n", ""),
    ("", "<b><!-- -->", ""),
    ("", "<?\n", ""),
    ("", "<![CDATA[", ""),
    ("<b ", "a=1 ", ">"),
    ("", "<b>", "x"),
    ("<b title=1><i title=2><s><u><em>\n\n", "x\n\n", ""),
    ("", "<b><p></b></p>", ""),
    ("", "<div>", ""),
    ("", "<table>x<b>", ""),
    ("", "<ul><li>", ""),
    (">", "</p><li>", ""),
    ("", "<details>\n\n", ""),
    ("", "<h1><div>", ""),
    ("", "&", ""),
    ("", "&nbsp;", ""),
    ("a|b\n-|-\n", "|\n", ""),
    ("", "|`", "\n-|-"),
    ("", "|a", "\n-|-"),
    ("", " ", "a"),
    ("a", " ", "b"),
    ("", "\n", "a"),
    ("", "a\n\n", ""),
    ("", "a  \n", ""),
    ("", "> ", "a"),
    ("", "> a\n", ""),
    ("", "a\n> b\n\n", ""),
    ("", "- ", "a"),
    ("", "- a\n\n", ""),
    ("", "- a\n1. b\n", ""),
    ("", "- [x] a\n", ""),
    ("", "-\n", ""),
    ("- a\n", "b\n", ""),
    ("", "# a\n", ""),
    ("# a", " #", "b"),
    ("", "#\n", ""),
    ("", "a\n=\n", ""),
    ("", "---\n", ""),
    ("", "* ", "x"),
    ("", "```\n", ""),
    ("", "```py\nx\n```\n", ""),
    ("", "> [!NOTE]\n> x\n\n", ""),
    ("", "[^a]: ", "x"),
    ("", "[^a]: x\n", "[^a]"),
    ("[^a]: x\n\n", "[^a] ", ""),
    ("", "[^", ""),
    ("", ":::only plan=a\n", ""),
    ("", ":::only plan=a\nx\n:::\n", ""),
    (":::only version" + " " * 50, " ", ""),
    ("", "![a](//b) ", ""),
    ("", "https://youtu.be/dQw4w9WgXcQ\n\n", ""),
    ("https://youtube.com/watch?", "a&", ""),
    ("", "a\\\n", ""),
    ("", "http://a.b,,)) ", ""),
    ("http://a", ")", ""),
    ("", "\0", ""),
]


def made_of(shape: tuple[str, str, str], chars: int) -> str:
    start, unit, end = shape
    return start + unit * (chars // len(unit)) + end


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_time_grows_with_the_length(shape: tuple[str, str, str]) -> None:
    short, long = made_of(shape, 750), made_of(shape, 1500)
    render(short)
    quick = min(seconds(lambda: render(short)) for _ in range(3))
    assert min(seconds(lambda: render(long)) for _ in range(3)) < 4 * quick + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_the_longest_text_takes_seconds_at_most(shape: tuple[str, str, str]) -> None:
    source = made_of(shape, 199_900)
    assert seconds(lambda: render(source)) < 6
    assert len(render(source).html) < 1_500_000


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([part for shape in SHAPES for part in shape]), min_size=1, max_size=4).map(
        "".join
    ),
    st.sampled_from([shape[2] for shape in SHAPES]),
)
def test_mixtures_are_quick_and_harmless(unit: str, end: str) -> None:
    source = (unit or "a") * (1000 // (len(unit) or 1)) + end
    assert seconds(lambda: render(source)) < 1
    assert violations(render(source).html) == []


@pytest.mark.parametrize(
    "source",
    [
        "[" * 5000,
        "[a](" * 2000,
        "`a \\" * 2000,
        f"[a]: /{'b' * 20_000}\n\n" + "[a]" * 1000,
        f"{'a|' * 400}\n{'-|' * 400}\n" + "|\n" * 400,
        "> " * 16 + "a",
        "<b>" * 20 + "a",
        "<div>" * 200,
        "*a* " * 20_000,
        "a\n" * 20_001,
        "- a\n\n" * 10_000,
    ],
    ids=lambda source: source[:20],
)
def test_what_would_take_too_long_is_shown_as_written(source: str) -> None:
    shown = escape(source, quote=False)
    assert render(source).html == f'<pre tabindex="0">{shown}</pre>'


def test_a_large_real_article_is_rendered() -> None:
    prose = "## Settings\n\nSee [the guide](/help/guide) for `NAME` and **more**.\n\n"
    steps = "1. One\n   - Two\n\n     ```sh\n     export NAME=value\n     ```\n2. Three\n\n"
    table = "| Name | Default |\n|---|---|\n" + "| `NAME` | What [it](/help/it) does |\n" * 10
    section = f"{prose}{steps}{table}\n"
    rendered = render(section * 50)
    assert len(rendered.headings) == 50
    assert rendered.html.count("<table>") == 50
