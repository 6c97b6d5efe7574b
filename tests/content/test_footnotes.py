import re

import pytest

from portal.content.markdown import render


def html(source: str, prefix: str = "") -> str:
    return render(source, prefix=prefix).html.replace("\n", "")


def test_a_footnote_is_linked_to_and_fro() -> None:
    assert html("Word[^note].\n\n[^note]: It *says* so.") == (
        '<p>Word<sup id="fnref-1" class="footnote"><a href="#fn-1">1</a></sup>.</p>'
        '<div class="footnotes"><ol><li id="fn-1"><p>It <em>says</em> so. '
        '<a class="footnote-back" href="#fnref-1">↩</a></p></li></ol></div>'
    )


def test_footnotes_are_numbered_as_the_text_asks_for_them() -> None:
    rendered = html("[^b]: B\n[^unused]: C\n[^a]: A\n\nOne[^a] two[^b] three[^a].")
    assert re.findall(r'<sup[^>]*><a href="#([^"]+)">(\d)', rendered) == [
        ("fn-1", "1"),
        ("fn-2", "2"),
        ("fn-1", "1"),
    ]
    assert re.findall(r'<li id="([^"]+)"><p>(\w)', rendered) == [("fn-1", "A"), ("fn-2", "B"), ("fn-3", "C")]
    assert rendered.count('id="fnref-1"') == 1


def test_a_footnote_holds_blocks() -> None:
    rendered = html("a[^1]\n\n[^1]: First\n\n    - one\n    - two\n\n    ```\n    code\n    ```\n\nafter")
    assert "<p>First</p><ul><li>one</li><li>two</li></ul>" in rendered
    assert "<code>code</code></pre><p> <a" in rendered
    assert rendered.index("<p>after</p>") < rendered.index('<div class="footnotes">')


def test_a_footnote_may_be_written_inside_a_quotation_or_an_item() -> None:
    rendered = html("> a[^1]\n>\n> [^1]: Quoted\n\n- b[^2]\n\n  [^2]: Item")
    assert re.findall(r'<li id="fn-\d"><p>(\w+)', rendered) == ["Quoted", "Item"]


@pytest.mark.parametrize("source", ["a[^1]", "a`[^1]`\n\n[^2]: b", "a\\[^1]\n\n[^1]: b"])
def test_what_asks_for_no_footnote_is_text(source: str) -> None:
    assert "[^1]" in render(source).html


def test_footnotes_of_several_texts_on_a_page_are_kept_apart() -> None:
    first, second = (html("a[^1]\n\n[^1]: b", prefix=f"post-{number}-") for number in (1, 2))
    assert first != second
    ids = re.findall(r' id="([^"]+)"', first + second)
    assert sorted(ids) == ["post-1-fn-1", "post-1-fnref-1", "post-2-fn-1", "post-2-fnref-1"]
    assert set(re.findall(r'href="#([^"]+)"', first + second)) == set(ids)


def test_headings_and_search_leave_the_numbers_out() -> None:
    rendered = render("## Word[^1]\n\n[^1]: Said")
    assert [heading.text for heading in rendered.headings] == ["Word"]
    assert rendered.headings[0].anchor == "h-word"
    assert rendered.text == "Word Said"


def test_a_footnote_in_the_words_of_an_image_stays_out_of_its_tag() -> None:
    assert html("![a[^1]](/i.png)\n\n[^1]: b").startswith('<p><img alt="a')


def test_nobody_can_write_the_marks() -> None:
    assert "\ufdd0" not in html("\ufdd0asked1\ufdd1 &#xFDD0;asked1&#xFDD1;\n\na[^1]\n\n[^1]: b").replace(
        "\ufdd0asked1\ufdd1", ""
    )
    assert html("\ufdd0asked1\ufdd1\n\na[^1]\n\n[^1]: b").startswith("<p>asked1</p>")
