from collections.abc import Callable
from typing import Any

import pytest

Converted = Callable[..., Any]


def test_modules_are_dropped_up_to_the_end_of_their_statement(converted: Converted) -> None:
    result = converted(
        "import A from '@site/a';\nimport {\n  B,\n} from \"b\"\n"
        "export const C = () => (\n  <p>\n\n  </p>\n);\n\nText",
        source="docusaurus",
    )
    assert result.body == "Text"
    assert result.dropped == [(1, "import"), (2, "import"), (5, "export")]


@pytest.mark.parametrize(
    "prose", ["import your data from a file", "export all contacts as CSV", "imports are fast"]
)
def test_sentences_that_begin_with_the_words_stay(converted: Converted, prose: str) -> None:
    assert converted(prose, source="mintlify").body == prose


@pytest.mark.parametrize(
    ("source", "expected", "dropped"),
    [
        ("a{' '}b", "a b", []),
        ('a{"b"}c', "abc", []),
        ("a {`b`} c", "a b c", []),
        ("a {props.b} c", "a  c", [(1, "{expression}")]),
        ("a {/* b */}c", "a c", [(1, "{/* */}")]),
        (r"a \{b\}", "a {b}", []),
        ("`{b}`", "`{b}`", []),
    ],
)
def test_expressions(
    converted: Converted, source: str, expected: str, dropped: list[tuple[int, str]]
) -> None:
    result = converted(source, source="mintlify")
    assert (result.body, result.dropped) == (expected, dropped)


def test_braces_of_other_formats_are_text(converted: Converted) -> None:
    assert converted("a {b} c").body == "a {b} c"
