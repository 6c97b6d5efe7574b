from collections.abc import Callable
from typing import Any

import pytest

Converted = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*見出し\n本文", "## 見出し\n本文"),
        ("*name*見出し\n**小見出し", "## 見出し\n### 小見出し"),
        ("-a\n--b\n-c", "- a\n    - b\n- c"),
        ("+a\n++b", "1. a\n    1. b"),
        (":用語:説明", "- **用語**: 説明"),
        (">|python|\n*x\n-y\n||<", "```python\n*x\n-y\n```"),
        (">||\na\nb||<", "```\na\nb\n```"),
        (">|\na\n|<", "```\na\n```"),
        (">>\na\n<<\nb", ">\n> a\n\nb"),
        (">https://e.example/>\na\n<<", "> <https://e.example/>\n> a"),
        ("|*A|*B|\n|1|2|", "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        ("[https://e.example:title=例]を見る", "[例](https://e.example)を見る"),
        ("[https://e.example/a:title]", "<https://e.example/a>"),
        ("[https://e.example/a]", "<https://e.example/a>"),
        ("[tex:a^2]", "`a^2`"),
        ("本文((注の[https://e.example:title=例]))です", "本文[^1]です\n\n[^1]: 注の[例](https://e.example)"),
        ("- ではない", "- ではない"),
    ],
)
def test_notation(converted: Converted, source: str, expected: str) -> None:
    assert converted(source, source="hatena").body == expected


def test_what_markdown_has_not_is_dropped_by_line(converted: Converted) -> None:
    result = converted("a\n====\n[f:id:x:20200101:image]\n[:contents]\nb", source="hatena")
    assert result.dropped == [(2, "===="), (3, "[f:id:x:20200101:image]"), (4, "[:contents]")]
    assert result.body.split() == ["a", "b"]
