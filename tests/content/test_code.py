import time

import pytest
from pygments.lexers import get_lexer_by_name

from portal.content.code import LANGUAGES, CodeBlocks


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_has_a_lexer(language: str) -> None:
    assert language in get_lexer_by_name(language).aliases


@pytest.mark.parametrize("word", ["py", "Python", "python3"])
def test_a_language_has_several_names(word: str) -> None:
    assert CodeBlocks().html("x", word).startswith('<pre><code class="language-python"><span')


@pytest.mark.parametrize("word", ["", "plantuml", '"><script>', "csharp"])
def test_code_of_other_languages_is_escaped(word: str) -> None:
    assert CodeBlocks().html("<a>\n'b'", word) == "<pre><code>&lt;a&gt;\n&#x27;b&#x27;</code></pre>"


def test_blank_lines_and_indentation_are_kept() -> None:
    assert CodeBlocks().html("\n\n  a: 1", "yaml") == (
        '<pre><code class="language-yaml">\n\n<span class="w">  </span><span class="nt">a</span>'
        '<span class="p">:</span><span class="w"> </span><span class="l">1</span>\n</code></pre>'
    )


def test_long_code_is_not_coloured() -> None:
    blocks = CodeBlocks()
    assert "<span" in blocks.html("x = 1\n" * 500, "python")
    assert "<span" not in blocks.html("x = 1\n" * 600, "python")
    assert "<span" in blocks.html("x = 1\n" * 10, "python")


@pytest.mark.parametrize(
    ("language", "unit"),
    [("css", '"\\'), ("html", "&"), ("perl", "m{"), ("python", " \n"), ("typescript", "a."), ("yaml", "`")],
)
def test_code_made_to_be_slow_is_not(language: str, unit: str) -> None:
    started = time.process_time()
    CodeBlocks().html(unit * (4000 // len(unit)), language)
    assert time.process_time() - started < 2.5
