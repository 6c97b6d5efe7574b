"""Images keep their room while they load, and those that nobody has described are counted."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.content.images import markdown_of, undescribed, with_sizes
from portal.content.markdown import render
from portal.content.sanitize import seal
from tests.content.allowed import violations

SIZES = {"/files/a": (400, 300), "/files/b": (10, 20)}


def sized(source: str) -> str:
    return with_sizes(render(source).html, SIZES)


def test_a_known_image_keeps_its_room() -> None:
    html = sized('![x > "y" & z](/files/a "t")\n\n![](/files/unknown) ![](/files/b)')

    assert 'src="/files/a" title="t" loading="lazy" width="400" height="300" decoding="async">' in html
    assert 'src="/files/b" loading="lazy" width="10" height="20" decoding="async">' in html
    assert 'alt="x &gt; &quot;y&quot; &amp; z"' in html
    assert html.count("width=") == 2


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('width="200"', ('width="200"', 'height="150"')),
        ('height="30"', ('width="40"', 'height="30"')),
        ('width="7" height="9"', ('width="7"', 'height="9"')),
    ],
)
def test_a_size_that_the_author_chose_stays(written: str, shown: tuple[str, str]) -> None:
    html = sized(f'<img src="/files/a" alt="x" {written}>')

    assert all(html.count(attribute) == 1 for attribute in shown)
    assert html.count("width=") == html.count("height=") == 1


def test_sizes_bring_in_nothing_that_is_not_allowed() -> None:
    html = sized("![x](/files/a)")

    assert violations(html) == []
    assert seal(html) == html


def test_only_the_portal_says_how_an_image_is_decoded() -> None:
    assert "decoding" not in render('<img src="/files/a" alt="x" decoding="sync">').html
    assert "decoding" not in render('<img src="/files/a" alt="x" decoding="async">').html


def test_images_without_a_description_are_counted() -> None:
    html = render('![](/files/a) ![ ](/files/b) ![x](/files/a)\n\n<img src="/files/a">').html

    assert undescribed(html) == 3
    assert undescribed(render("`![](/files/a)`").html) == 0


@example("*a* _b_ `c` ~~d~~ [e](f) ![g](h) & <i>j</i> \\[ ](")
@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="&"), max_size=60))
def test_any_description_comes_back_as_it_was(description: str) -> None:
    words = " ".join(description.split())
    html = render(markdown_of("/files/a", description)).html

    assert f'<img alt="{escaped(words)}" src="/files/a"' in html


def escaped(text: str) -> str:
    replaced = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return replaced.replace("\N{NO-BREAK SPACE}", "&nbsp;")
