import inspect
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import markdown
import pytest

from portal.content.guard import MAX_SOURCE_CHARS
from portal.content.markdown import render
from portal.content.markup import as_markup
from portal.content.structure import Heading
from portal.core.errors import InvalidError


def html(source: str) -> str:
    """Render without line ends, which only make the HTML easier to read."""
    return render(source).html.replace("\n", "")


def test_the_shallowest_heading_is_below_the_title_and_no_level_is_skipped() -> None:
    levels = [heading.level for heading in render("# A\n#### B\n## C\n# D").headings]
    assert levels == [2, 3, 3, 2]
    assert [heading.level for heading in render("## A\n### B\n## C").headings] == [2, 3, 2]
    assert [heading.level for heading in render("<h1>A</h1>\n\n<h5>B</h5>").headings] == [2, 3]


def test_headings_have_anchors_in_any_script() -> None:
    rendered = render("## 初期設定 & *API* `key`\n\nMore\n----\n\n## More")
    assert rendered.headings == (
        Heading(level=2, anchor="h-初期設定-api-key", text="初期設定 & API key"),
        Heading(level=2, anchor="h-more", text="More"),
        Heading(level=2, anchor="h-more--2", text="More"),
    )
    assert '<h2 id="h-more--2">More</h2>' in rendered.html


def test_the_ids_of_several_texts_on_a_page_are_kept_apart() -> None:
    rendered = render("## Steps\n\n[Steps](#h-steps)", prefix="post-3-")
    assert rendered.headings[0].anchor == "post-3-h-steps"
    assert '<h2 id="post-3-h-steps">' in rendered.html
    assert '<a href="#post-3-h-steps">' in rendered.html


def test_a_backslash_breaks_a_line_and_keeps_any_mark() -> None:
    assert html("a\\\n  b") == "<p>a<br>b</p>"
    assert html(r"\"\$\:\,\_x\_") == '<p>"$:,_x_</p>'


def test_a_heading_may_end_in_a_hash() -> None:
    assert [heading.text for heading in render("# Using C#\n## Closed ##").headings] == ["Using C#", "Closed"]
    assert [heading.text for heading in render(r"# C\#").headings] == ["C#"]


def test_a_heading_without_text_is_none() -> None:
    assert html("#\n\n## ##\n\ntext") == "<p>text</p>"


def test_a_word_that_begins_with_a_hash_is_no_heading() -> None:
    assert html("#firefox is slow\n#1 as well") == "<p>#firefox is slow#1 as well</p>"


def test_lists_are_nested_by_two_spaces_and_follow_a_paragraph_at_once() -> None:
    assert html("Steps:\n- one\n  - two\n    - three\n- four") == (
        "<p>Steps:</p><ul><li>one<ul><li>two<ul><li>three</li></ul></li></ul></li><li>four</li></ul>"
    )


def test_a_number_that_begins_a_line_of_a_paragraph_is_no_list() -> None:
    assert html("It was in\n2019. A good year.") == "<p>It was in2019. A good year.</p>"


def test_code_between_numbered_steps_does_not_restart_the_numbers() -> None:
    rendered = html("1. one\n\n   ```\n   code\n\n     more\n   ```\n2. two\n\n   text\n3) three")
    assert rendered == (
        '<ol><li><p>one</p><pre tabindex="0"><code>code  more</code></pre></li>'
        "<li><p>two</p><p>text</p></li><li><p>three</p></li></ol>"
    )


def test_a_list_goes_on_from_its_first_number() -> None:
    assert html("7. seven\n8. eight") == '<ol start="7"><li>seven</li><li>eight</li></ol>'


def test_empty_items_and_items_that_begin_with_a_quotation() -> None:
    assert html("-\n-\n- a") == "<ul><li></li><li></li><li>a</li></ul>"
    assert html("- > a\n  > b") == "<ul><li><blockquote><p>ab</p></blockquote></li></ul>"


def test_fenced_code_is_coloured_by_classes_and_not_read_as_markdown() -> None:
    assert html("~~~py\nx = '*a* <b>'\n~~~") == (
        '<pre tabindex="0"><code class="language-python"><span class="n">x</span> <span class="o">=</span> '
        "<span class=\"s1\">'*a* &lt;b&gt;'</span></code></pre>"
    )
    assert html("```nonsense title\n<b> **x** https://a.example\n```") == (
        '<pre tabindex="0"><code>&lt;b&gt; **x** https://a.example</code></pre>'
    )


def test_a_fence_left_open_ends_with_its_container() -> None:
    assert html("> ```\n> code\n\ntext") == (
        '<blockquote><pre tabindex="0"><code>code</code></pre></blockquote><p>text</p>'
    )


def test_tables_scroll_and_may_follow_a_paragraph() -> None:
    assert html("Plans\n| a | b |\n|--:|---|\n| 1 | `x|y` |") == (
        '<p>Plans</p><div class="table-scroll" tabindex="0"><table>'
        '<thead><tr><th align="right">a</th><th>b</th></tr></thead>'
        '<tbody><tr><td align="right">1</td><td><code>x|y</code></td></tr></tbody></table></div>'
    )


def test_tasks_are_labelled_checkboxes_that_cannot_be_changed() -> None:
    box = '<input type="checkbox" disabled=""'
    assert html("- [x] *done*\n- [ ] open\n- [ ]") == (
        f'<ul><li class="task"><label>{box} checked=""> <em>done</em></label></li>'
        f'<li class="task"><label>{box}> open</label></li><li>[ ]</li></ul>'
    )


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_callouts(kind: str) -> None:
    assert html(f"> [!{kind.upper()}]\n> Text") == f'<div class="callout callout-{kind}"><p>Text</p></div>'


def test_callouts_have_titles_and_hold_blocks_and_stay_apart() -> None:
    assert html("> [!TIP] Use <b> & more\n> - a\n> ```\n> code\n> ```\n\n> [!NOTE]\n> b") == (
        '<div class="callout callout-tip"><p class="callout-title">Use &lt;b&gt; &amp; more</p>'
        '<ul><li>a</li></ul><pre tabindex="0"><code>code</code></pre></div>'
        '<div class="callout callout-note"><p>b</p></div>'
    )


def test_an_unknown_callout_is_a_quotation() -> None:
    assert html("> [!DANGER]\n> Text") == "<blockquote><p>[!DANGER]Text</p></blockquote>"


def test_a_quotation_goes_on_without_its_mark_but_not_over_another_block() -> None:
    assert html("> a\nb\n- c") == "<blockquote><p>ab</p></blockquote><ul><li>c</li></ul>"


def test_emphasis_needs_no_spaces_in_japanese() -> None:
    assert html("これは**「重要」**で、~~「不要」~~です") == (
        "<p>これは<strong>「重要」</strong>で、<del>「不要」</del>です</p>"
    )


def test_markdown_inside_details() -> None:
    assert html("<details>\n<summary>More</summary>\n\n**bold**\n\n</details>") == (
        "<details><summary>More</summary><p><strong>bold</strong></p></details>"
    )


def test_html_that_is_not_allowed_is_shown_and_comments_are_not() -> None:
    assert html("Put <your-key> here <!-- hidden --> <script>x</script>") == (
        "<p>Put &lt;your-key&gt; here  &lt;script&gt;x&lt;/script&gt;</p>"
    )
    assert html("<!-- a\n\nb -->\n\nc") == "<p>c</p>"


def test_an_author_can_set_neither_ids_nor_styles_nor_unknown_classes() -> None:
    source = (
        '<p class="callout-title" style="x" id="h-a">a</p><div class="modal" onclick="x" tabindex="3">b</div>'
    )
    assert html(source) == '<p class="callout-title">a</p><div>b</div>'


def test_an_author_can_make_no_field() -> None:
    assert html('a <input type="password">') == '<p>a &lt;input type="password"&gt;</p>'


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "&#106;avascript:x",
        "java&#10;script:x",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_addresses_of_other_schemes_lead_nowhere(url: str) -> None:
    assert html(f"[a]({url})") == "<p><a>a</a></p>"
    assert html(f'<img src="{url}" alt="a">') == '<p><img alt="a" loading="lazy"></p>'


def test_links_out_of_the_site_are_marked() -> None:
    rel = 'rel="nofollow ugc noopener"'
    assert html("[a](https://b.example/)") == f'<p><a href="https://b.example/" {rel}>a</a></p>'
    assert html("[a](//b.example)") == f'<p><a href="//b.example" {rel}>a</a></p>'
    assert html(r"[a](/\\b.example)") == rf'<p><a href="/\b.example" {rel}>a</a></p>'
    assert html("[a](/help/x) [b](#h-x)") == '<p><a href="/help/x">a</a> <a href="#h-x">b</a></p>'


def test_bare_addresses_become_links_except_in_code() -> None:
    def link(url: str) -> str:
        return f'<a href="{url}" rel="nofollow ugc noopener">{url}</a>'

    assert html("(see https://a.example/x_(y)?b=1&c=2).") == (
        f"<p>(see {link('https://a.example/x_(y)?b=1&amp;c=2')}).</p>"
    )
    assert html("詳細はhttps://a.example/x?b=1をご覧ください。") == (
        f"<p>詳細は{link('https://a.example/x?b=1')}をご覧ください。</p>"
    )
    assert html("`https://a.example` setup.py [https://b.example](/c)") == (
        '<p><code>https://a.example</code> setup.py <a href="/c">https://b.example</a></p>'
    )


def test_images_load_when_they_are_seen() -> None:
    assert html('![a "b"](/i.png)') == '<p><img alt="a &quot;b&quot;" src="/i.png" loading="lazy"></p>'


def test_the_text_keeps_words_apart_and_code_in() -> None:
    assert render("# A<b>b</b>\n- one\n- `two()`\n\n|c|d|\n|-|-|\n|1|2|\n\n```\nx  < y\n```").text == (
        "Ab one two() c d 1 2 x < y"
    )


def test_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidError):
        render("a" * (MAX_SOURCE_CHARS + 1))


def test_what_is_no_text_is_left_out() -> None:
    assert html("a\0\x1b[1m\ud800b\r\nc") == "<p>a[1mbc</p>"


def test_nothing_of_one_text_reaches_the_next() -> None:
    render("[a]: https://b.example\n\n## a\n\n<div>\n\n```py")
    assert render("[a]").html == "<p>[a]</p>"
    assert render("## a").headings[0].anchor == "h-a"


def test_threads_render_alike() -> None:
    sources = [f"## {n}\n\n- [ ] https://a.example/{n}\n\n```py\nx = {n}\n```" for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, sources)) == [render(source) for source in sources]


def test_text_for_which_the_stack_is_too_small_is_shown_as_written() -> None:
    def deeper(levels: int) -> str:
        return deeper(levels - 1) if levels else render("- " * 14 + "a").html

    room = sys.getrecursionlimit() - len(inspect.stack())
    assert deeper(room - 60) == f'<pre tabindex="0">{"- " * 14}a</pre>'
    assert html("> - a") == "<blockquote><ul><li>a</li></ul></blockquote>"


def test_stored_html_is_trusted_in_one_place() -> None:
    assert as_markup(render("<b>a</b>").html).__html__() == "<p><b>a</b></p>"


def test_a_post_renders_in_a_few_times_of_markdown_alone() -> None:
    """Both are timed side by side, as a processor is slower on one day than on another."""
    post = "I have *tried* [this](https://a.example) and `that`.\n\n- one\n- two\n\n> quoted\n\n" * 38

    def seconds(work: Callable[[str], object]) -> float:
        started = time.process_time()
        work(post)
        return time.process_time() - started

    rounds = [(seconds(render), seconds(markdown.markdown)) for _ in range(10)]
    ours, plain = (min(times) for times in zip(*rounds, strict=True))  # Other processes only add to a time.
    assert ours < 7 * plain
