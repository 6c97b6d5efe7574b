from collections.abc import Callable
from typing import Any

import pytest

Converted = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "construct", "kind"),
    [
        ("<!-- one\ntwo -->", "<!-- -->", "markdown"),
        ("<script>\nalert(1)\n</script>", "<script>", "markdown"),
        ("<style scoped>a > b { c: d }</style>", "<style>", "mintlify"),
        ("[[toc]]", "[[toc]]", "vuepress"),
        ("[[_TOC_]]", "[[toc]]", "markdown"),
        ("{{ $page.title }}", "{{ }}", "vuepress"),
    ],
)
def test_what_the_generator_fills_in_is_dropped(
    converted: Converted, source: str, construct: str, kind: str
) -> None:
    result = converted(f"Above\n\n{source}\n\nBelow", source=kind)
    assert result.body == "Above\n\nBelow"
    assert result.dropped == [(3, construct)]


def test_lines_are_counted_through_what_was_dropped(converted: Converted) -> None:
    result = converted("<!-- a\nb -->\n```\n1\n2\n```\n`x\ny`\n[[toc]]\n\n{{ z }}", source="vuepress")
    assert result.dropped == [(1, "<!-- -->"), (9, "[[toc]]"), (11, "{{ }}")]


def test_placeholders_that_the_text_is_about_become_code(converted: Converted) -> None:
    result = converted("Use {{name}} or {{{unsubscribe}}}.")
    assert result.body == "Use `{{name}}` or `{{{unsubscribe}}}`."


@pytest.mark.parametrize("root", ["{{root_url}}/", "{{root_url}}", "/{{root_url}}/", "{{ root_url }}//"])
def test_the_root_of_the_site_is_a_slash(converted: Converted, root: str) -> None:
    assert converted(f"[a]({root}ui/x/)").body == "[a](/ui/x/)"


def test_shortcodes_become_the_characters_they_name(converted: Converted) -> None:
    result = converted("| :white_check_mark: | 10:30:20 | :not_a_name: | `:x:` |", source="vuepress")
    assert result.body == "| ✅ | 10:30:20 | :not_a_name: | `:x:` |"
