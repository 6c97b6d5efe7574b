import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.markdown import render
from portal.imports.conversion.convert import finished
from portal.imports.conversion.page import TOKEN, Page
from portal.imports.html import html_to_markdown

Converted = tuple[str, list[tuple[int | None, str]]]


def convert(html: str, title: str = "Title") -> Converted:
    """Return the Markdown, with addresses as they were written, and what was left out."""
    page = Page("a.json#1")
    outline = html_to_markdown(html, page, title=title)
    body = TOKEN.sub(
        lambda token: page.targets[int(token[2])].url if token[1] == "u" else token[0], outline.body
    )
    return finished(body, page), [(item.line, item.construct) for item in page.dropped]


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>one\n  two</p>\n<p>three</p>", "one two\n\nthree"),
        ("plain <b>bold</b>, <em>soft</em>", "plain **bold**, *soft*"),
        ("<b>a</b><b>b</b>", "**ab**"),
        ("<p>a<br/>b</p>", "a<br>b"),
        ("<p>日本語は<strong>太字</strong>です。</p>", "日本語は**太字**です。"),
        ("<h1>Title</h1><p>x</p><h3>Deep</h3>", "x\n\n## Deep"),
        ("<ul><li>a<ol><li>b</li></ol></li><li><p>c</p></li></ul>", "- a\n\n    1. b\n\n- c"),
        ("<ul><li>a<li>b</ul>", "- a\n\n- b"),
        ("<blockquote><p>a</p></blockquote>", "> a"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td><ul><li>c</li></ul></td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1\\|2 | • c |",
        ),
        (
            '<pre><code class="language-js">if (a &lt; b) {\n\n  c*\n}</code></pre><p>d</p>',
            "```js\nif (a < b) {\n\n  c*\n}\n```\n\nd",
        ),
        ('<pre class="brush: php">a<br>b</pre>', "```php\na\nb\n```"),
        ("<ul><li>a<pre>b</pre></li></ul>", "- a\n\n    ```\n    b\n    ```"),
        ("Type <code>a *b*</code> <kbd>Ctrl</kbd>", "Type `a *b*` <kbd>Ctrl</kbd>"),
        ('<a href="/x">a <b>b</b></a>', "[a **b**](/x)"),
        ('<img src="b.png" alt="a [b]">', "![a \\[b\\]](b.png)"),
        ('<img data-src="b.png" src="wait.gif" alt="a">', "![a](b.png)"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
        ("<dl><dt><b>a</b><p>b</p></dt></dl>", "**a**\n\nb"),
        ("<details><summary>More</summary><p>a</p></details>", "## More\n\na"),
        (
            '<p><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe></p>',
            "https://www.youtube.com/watch?v=abcdefghijk",
        ),
        ('<span class="menu">File</span>, <span class="key">F1</span>', "**File**, <kbd>F1</kbd>"),
    ],
)
def test_elements(html: str, markdown: str) -> None:
    assert convert(html) == (markdown, [])


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ('class="note"', "NOTE"),
        ('class="alert alert-info"', "NOTE"),
        ('class="callout callout--warning"', "WARNING"),
        ('class="alert alert-danger"', "CAUTION"),
        ('class="tip"', "TIP"),
        ('class="important"', "IMPORTANT"),
        ('class="x-callout" style="border-color: #d7263d33"', "CAUTION"),
        ('class="x-callout" style="border-color: #fbc91633"', "WARNING"),
        ('class="x-callout" style="border-color: #1bb15733"', "TIP"),
        ('class="x-callout" style="border-color: #334bfa33"', "NOTE"),
        ('class="x-callout" style="border-color: #77777733"', "NOTE"),
    ],
)
def test_boxes_are_callouts_by_their_class_or_colour(attributes: str, kind: str) -> None:
    assert convert(f"<div {attributes}><p>a</p></div>")[0] == f"> [!{kind}]\n> a"


@pytest.mark.parametrize(
    "words",
    [
        "a *b* _c_ `d` [e](f) ~~g~~ \\h snake_case",
        "1. no list",
        "- no item",
        "# no heading",
        "> no quotation",
        "| no | table |",
        "::: no container",
        "a <b> & c",
        "https://e.example/a_b_c*d",
        "===",
    ],
)
def test_text_is_no_markup(words: str) -> None:
    escaped = words.replace("&", "&amp;").replace("<", "&lt;")
    assert render(convert(f"<p>{escaped}</p>")[0]).text.strip() == words


def test_placeholders_are_shown_as_code() -> None:
    assert convert("<p>Dear {{user.name}}</p>")[0] == "Dear `{{user.name}}`"


@pytest.mark.parametrize(
    ("html", "markdown", "dropped"),
    [
        ("<p>a</p>\n<script>b()</script><style>c{}</style>d", "a\n\nd", [(2, "<script>"), (2, "<style>")]),
        (
            '<div><div id="toc"><div>a</div></div><p>b</p></div>',
            "b",
            [(1, "[[toc]]")],
        ),
        ("<p>a <o:p>b</o:p></p>", "a b", [(1, "<o:p>")]),
        ('<p><span style="color:red">a</span></p>', "a", [(1, "<span> styling")]),
        ("<object><p>a</p><object></object></object>b", "b", [(1, "<object>")]),
        (
            '<p>a <span class="for" data-for="win,not mac">b</span></p>',
            "a  b (Windows, not mac)",
            [(1, "part for one system or version")],
        ),
        (
            '<div class="for" data-for="linux"><p>b</p></div>',
            "**Linux**\n\nb",
            [(1, "part for one system or version")],
        ),
    ],
)
def test_what_cannot_be_said_is_reported(
    html: str, markdown: str, dropped: list[tuple[int | None, str]]
) -> None:
    body, left_out = convert(html)
    assert (body.strip(), left_out) == (markdown, dropped)


def test_headings_know_the_names_that_links_use() -> None:
    page = Page("a")
    outline = html_to_markdown(
        '<h2 id="h_1">A <i>b</i></h2><p id="p1">x</p><a name="old"></a><h3>C</h3>', page, title="T"
    )
    assert [(heading.level, heading.text, heading.names) for heading in outline.headings] == [
        (2, "A b", ("h_1", "p1")),
        (3, "C", ("old",)),
    ]


FRAGMENTS = [
    *("<p>", "</p>", "<b>", "</b>", "<ul>", "</ul>", "<li>", "<table>", "<tr>", "<td>", "</table>"),
    *("<pre>", "</pre>", "<code>", "</code>", "<div class='note'>", "</div>", "<br>", "<h2>", "</h2>"),
    *("<a href='x'>", "</a>", "<img src='y'>", "<script>", "</script>", "<span id='z'>", "</span>"),
    *(
        "a",
        " ",
        "*",
        "_",
        "[",
        "](",
        "&lt;",
        "&",
        "<",
        "\n",
        "#",
        "1. ",
        "|",
        "`",
        "\\",
        "{{b}}",
        "<!--",
        "-->",
    ),
]


@given(fragments=st.lists(st.sampled_from(FRAGMENTS), max_size=30))
def test_any_html_is_converted_and_no_token_is_left(fragments: list[str]) -> None:
    body, _ = convert("".join(fragments))
    assert "\ufdd0" not in body
    assert "<script" not in body


@pytest.mark.parametrize(
    "shape", ["<b>", "<ul><li>", "<p class='note'>", "<a href='x'>[", "<pre>", "</p>", "<td>"]
)
def test_long_and_hostile_html_takes_no_long_time(shape: str) -> None:
    start = time.perf_counter()
    with suppress(RecursionError):
        convert(shape * 2_000)
    assert time.perf_counter() - start < 5


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(RecursionError):
        convert("<div>" * 5_000 + "a" + "</div>" * 5_000)


def test_an_ampersand_that_looks_like_an_entity_is_none() -> None:
    assert convert("<p>&amp;copy; &amp; &copy;</p>")[0] == "&amp;copy; & ©"
