import pytest

from portal.content.markdown import already_rendered, render
from portal.imports.rendering import render_all


@pytest.mark.parametrize("count", [3, 250])
def test_all_are_rendered_in_their_order_however_many_there_are(count: int) -> None:
    sources = [f"## Heading {number}\n\nWords in **bold** and `code`." for number in range(count)]
    assert list(render_all(sources)) == [render(source) for source in sources]


def test_one_that_cannot_be_rendered_says_why() -> None:
    first, second, third = render_all(["a", "word " * 50_000, "b"])
    assert (first, third) == (render("a"), render("b"))
    assert isinstance(second, str)
    assert "characters" in second


def test_what_was_rendered_elsewhere_is_given_out_for_a_while() -> None:
    other = render("other")
    with already_rendered({"a": other}):
        assert render("a") is other
        assert render("a", prefix="post-1-") != other
        assert render("b").text.strip() == "b"
    assert render("a").text.strip() == "a"
