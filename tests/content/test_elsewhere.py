import pytest

from portal.content.markdown import render

REL = 'rel="nofollow ugc noopener"'


def html(source: str) -> str:
    return render(source).html.replace("\n", "")


@pytest.mark.parametrize(
    "address", ["https://img.example/a.png", "//img.example/a.png", "HTTP://img.example:8080/a.png?b=1"]
)
def test_an_image_of_another_site_is_a_link(address: str) -> None:
    assert html(f"![A plan]({address})") == (
        f'<p><a class="elsewhere" href="{address}" {REL}>A plan (img.example)</a></p>'
    )


def test_an_image_without_words_is_named_by_its_site() -> None:
    assert ">(img.example)</a>" in html("![](https://img.example/a.png)")


def test_inside_a_link_its_words_stay() -> None:
    assert html("[![Passing](https://badge.example/a.svg)](/status)") == (
        '<p><a href="/status">Passing (badge.example)</a></p>'
    )


@pytest.mark.parametrize("address", ["/files/a", "a.png", "images/a.png", "../a.png", "?image=1"])
def test_an_image_of_this_site_is_shown(address: str) -> None:
    assert html(f"![a]({address})") == f'<p><img alt="a" src="{address}" loading="lazy"></p>'


def test_a_broken_address_does_not_stop_anything() -> None:
    assert "<img" not in html('<img src="https://[::" alt="a < b">')
