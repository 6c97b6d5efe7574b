import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.markdown import render
from portal.content.sanitize import clean, seal, simplified
from tests.content.allowed import loaded_from_elsewhere, violations

PARTS = r"""
<svg> <math> <style> <script> <title> <textarea> <noscript> <template> <iframe> <form> <mglyph> <mtext>
<desc> <foreignObject> </style> </title> </script> <!-- --> --!> <!--> <![CDATA[ ]]> <? ?> <a <a> </a> <b>
</b> <p> </p> <table> <td> </table> <img <pre> </pre> <h1> </h1> <div <input href= src= id= class= style=
onerror=x onİload=x xlink:href= title= javascript:x data:x // \ / > < " ' ` = & &lt; &#60; &#x3c &Tab;
&colon; h-x callout a ]( [a] ![ ]: ``` ~~~ ** _ | - # 日 [^1] [^1]: :::only plan=a ::: https://youtu.be/dQw4w9WgXcQ
![a](/files/a.mp4) ![a](//b.example/c) <figure> <video src=/files/a.mp4> data-only="plan:a" </div>
"""
SPACES = [" ", "\n", "\n\n", "\t", "\r", "    ", "\0", "\v", "\f", "\u2028", "\ufeff"]
SOUP = st.lists(st.sampled_from(PARTS.split() + SPACES), max_size=40).map("".join)


@given(SOUP)
def test_no_mixture_of_markdown_and_html_breaks_out(source: str) -> None:
    html = render(source).html
    assert violations(html) + loaded_from_elsewhere(html) == []
    assert seal(html) == html


@given(SOUP)
def test_each_sanitiser_is_enough_alone(source: str) -> None:
    for html in (clean(simplified(source)), seal(source)):
        assert violations(html.replace("<h1>", "").replace("</h1>", "")) == []


@given(st.text())
def test_text_comes_through_unchanged(text: str) -> None:
    assert "<" not in simplified(text.replace("<", "< "))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b>", "<b>a</b>"),
        ("<B CLASS='x'>a</B>", "<B CLASS='x'>a</B>"),
        ('<img alt="a > b">', '<img alt="a > b">'),
        ('<img alt="a < b">', '&lt;img alt="a < b">'.replace("a <", "a &lt;")),
        ("<b", "&lt;b"),
        ("<blink>a</blink>", "&lt;blink>a&lt;/blink>"),
        ("a<!--b-->c<!-- d <!-- e --> f", "ac&lt;!-- d  f"),
        ("<b " + "x " * 60 + ">", "&lt;b " + "x " * 60 + ">"),
    ],
)
def test_only_complete_tags_of_the_list_stay_tags(source: str, expected: str) -> None:
    assert simplified(source) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<td align="justify" colspan="99999" rowspan="-1">',
        '<code class="language-nonsense">a</code>',
        '<span class="k modal">a</span>',
        '<li class="callout">a</li>',
        '<img width="100%" height="1e9">',
        '<ol start="x" type="a">',
        '<details open="x"></details>',
    ],
)
def test_only_listed_values_stay(html: str) -> None:
    assert "=" not in clean(html).replace('loading="lazy"', "")
    assert "=" not in seal(html).replace('loading="lazy"', "")


def test_what_the_portal_adds_is_not_taken_from_an_author() -> None:
    html = '<h2 id="h-x">a</h2><a rel="nofollow ugc noopener" href="/x">b</a><div tabindex="0">c</div>'
    assert clean(html) == '<h2>a</h2><a href="/x">b</a><div>c</div>'
    assert seal(html) == html
