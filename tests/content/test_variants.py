import re
import time

import pytest

from portal.content.markdown import render
from portal.content.variants import NEWEST, Choice, Condition, Options, choose, options

SOURCE = """\
## All

:::only plan=team, business
## Larger

:::only version>=2.1
- new
:::
- any
:::

:::only version<2.1
old
:::

end
"""


def label(condition: Condition) -> str:
    return f"<{condition.kind} {' '.join(condition.values)}>"


def words(html: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"<[^>]*>|\n", " ", html))


def test_a_block_says_whom_it_is_for() -> None:
    assert render(":::only plan=team,business\n*a*\n:::\nb").html.replace("\n", "") == (
        '<div data-only="plan:team,business"><p><em>a</em></p></div><p>b</p>'
    )
    assert '<div data-only="since:2.1">' in render(":::only version >= 2.1\na\n:::").html
    assert '<div data-only="before:3">' in render("- a\n  :::only version<3\n  b\n  :::").html


@pytest.mark.parametrize(
    "line", [":::only", ":::only plan=", ":::only version>=two", ":::only audience=x", ":::note", ":::"]
)
def test_a_line_that_says_nothing_is_shown_as_written(line: str) -> None:
    assert "data-only" not in render(f"{line}\n\na").html
    assert words(render(f"{line}\n\na").text) == words(f"{line} a")


def test_code_may_show_how_it_is_written() -> None:
    rendered = render(":::only plan=team\n```\n:::only plan=a\n:::\n```\n:::").html
    assert rendered.count("data-only=") == 1
    assert ":::only plan=a" in rendered


def test_a_block_left_open_ends_with_its_container() -> None:
    assert render("> :::only plan=team\n> a\n\nb").html.endswith("</div>\n</blockquote>\n<p>b</p>")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(plan="team", version="2.1"), "All Larger new any end"),
        (Choice(plan="business", version="2.0.9"), "All Larger any old end"),
        (Choice(plan="starter", version="2.10"), "All end"),
        (Choice(plan="team", version=NEWEST), "All Larger new any end"),
        (Choice(plan="starter", version="2"), "All old end"),
    ],
)
def test_a_reader_sees_what_fits(choice: Choice, expected: str) -> None:
    assert words(choose(render(SOURCE).html, choice, label)) == expected.split()


def test_who_chose_nothing_sees_all_with_labels() -> None:
    html = choose(render(SOURCE).html, Choice(), label)
    assert " ".join(words(html)) == (
        "All lt plan team business gt Larger lt since 2 1 gt new any lt before 2 1 gt old end"
    )
    assert '<p class="only-label">&lt;plan team business&gt;</p>' in html
    assert "lt since" not in " ".join(words(choose(render(SOURCE).html, Choice(version="3"), label)))


def test_what_is_left_is_whole() -> None:
    html = choose(render(SOURCE).html, Choice(plan="starter", version="2"), label)
    assert html.count("<div") == html.count("</div>") == 1


def test_words_that_look_like_a_block_are_none() -> None:
    html = render('![<div data-only="plan:a">](/i.png "</div>") `<div data-only="plan:a">`\n\n' + SOURCE).html
    chosen = choose(html, Choice(plan="b", version="3"), label)
    assert chosen.startswith(html[: html.index("<h2")])


def test_what_a_page_distinguishes() -> None:
    assert options(render(SOURCE).html) == Options(plans=("business", "team"), versions=("2.1",))
    assert options(render(":::only version<10\na\n:::\n:::only version>=9.2\nb\n:::").html).versions == (
        "10",
        "9.2",
    )
    assert options(render("a").html) == Options(plans=(), versions=())


def test_all_of_it_is_found() -> None:
    assert render(SOURCE).text == "All Larger new any old end"


def test_pages_without_blocks_cost_nothing() -> None:
    html = render("## a\n\nb\n\n" * 3000).html
    assert choose(html, Choice(plan="a"), label) is html
    long = render(":::only plan=a\n" + "x *y* z\n\n" * 1000 + ":::").html
    started = time.process_time()
    assert words(choose(long, Choice(plan="b"), label)) == []
    assert time.process_time() - started < 0.2
