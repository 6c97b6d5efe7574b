from collections.abc import Callable

import pytest

from portal.imports.conversion.destinations import set_destinations_aside
from portal.imports.conversion.page import Page


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("[a](b)", "b"),
        ('[a](b "c")', "b"),
        ("[a]( <b c> )", "b c"),
        ("![a](b_(c).png 'd')", "b_(c).png"),
        ("[![a](b)](c)", "b"),
    ],
)
def test_destinations_are_set_aside_with_their_line(source: str, url: str) -> None:
    page = Page("a.md", first_line=5)
    assert url not in set_destinations_aside(f"\n{source}", page).replace("[a]", "")
    assert (page.targets[0].url, page.targets[0].line) == (url, 6)


@pytest.mark.parametrize("source", ["[a] (b)", r"![a\](b)", "[a]()", "[a](b c)"])
def test_what_is_no_link_stays(source: str) -> None:
    page = Page("a.md")
    assert set_destinations_aside(source, page) == source
    assert page.targets == []


def test_references_are_written_in_place(markdown: Callable[..., str]) -> None:
    source = "[a][One], [one][], [Two] and [three].\n\n[one]: /1 'x'\n[two]: </2>\n"
    assert markdown(source) == "[a](/1), [one](/1), [Two](/2) and [three]."
