import re
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.imports.conversion.code import put_code_back, set_code_aside, span
from portal.imports.conversion.page import Page

Markdown = Callable[..., str]

HOSTILE_CODE = (
    "::: tip\n<Card>{{ x }}</Card>\n[[toc]]\n# no heading\n![](gone.png)\nimport a from 'b'\n    deep"
)


@pytest.mark.parametrize("source", ["markdown", "vuepress", "docusaurus", "mintlify"])
@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_nothing_inside_a_fence_is_read(markdown: Markdown, source: str, fence: str) -> None:
    body = markdown(f"Before\n\n{fence}text\n{HOSTILE_CODE}\n{fence}\n", source=source)
    assert body == f"Before\n\n```text\n{HOSTILE_CODE}\n```"


@pytest.mark.parametrize("code", ["<Card>", "{{ name }}", "::: tip", "[a](b)", "<br>", "a | b"])
def test_nothing_inside_inline_code_is_read(markdown: Markdown, code: str) -> None:
    assert markdown(f"Write `{code}` here.", source="vuepress") == f"Write `{code}` here."


def test_a_fence_keeps_the_backticks_inside_it(markdown: Markdown) -> None:
    assert markdown("````md\n```js\n1\n```\n````") == "````md\n```js\n1\n```\n````"


def test_code_in_a_list_moves_with_its_item(markdown: Markdown) -> None:
    body = markdown("1. Run\n   ```sh\n   if true\n     then\n   ```\n2. Stop")
    assert body == "1. Run\n    ```sh\n    if true\n      then\n    ```\n2. Stop"


def test_code_in_a_quotation_stays_in_it(markdown: Markdown) -> None:
    assert markdown("> ```\n> a\n>\n> b\n> ```") == "> ```\n> a\n>\n> b\n> ```"


def test_code_in_a_component_loses_the_components_margin(markdown: Markdown) -> None:
    body = markdown("<Tab title='A'>\n    ```py\n    if x:\n        y\n    ```\n</Tab>", source="mintlify")
    assert body == "**A**\n\n```py\nif x:\n    y\n```"


def test_indented_code_becomes_a_fence(markdown: Markdown) -> None:
    assert markdown("Run:\n\n    make\n\n    make test\n\nDone.") == (
        "Run:\n\n```\nmake\n\nmake test\n```\n\nDone."
    )


def test_indentation_below_a_list_or_in_mdx_is_no_code(markdown: Markdown) -> None:
    assert markdown("- a\n\n    more") == "- a\n\n    more"
    assert markdown("Text\n\n    more", source="mintlify") == "Text\n\nmore"


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("python", "```python"),
        ("javascript{4,5}", "```javascript"),
        ("python main.py", "**main.py**\n\n```python"),
        ('js title="src/a.js" {1}', "**src/a.js**\n\n```js"),
        ("json tree highlight={1-3} expandable", "**tree**\n\n```json"),
        ("text wrap", "```text"),
    ],
)
def test_the_words_after_a_language_are_a_caption_in_mdx(
    markdown: Markdown, info: str, expected: str
) -> None:
    assert markdown(f"```{info}\nx\n```", source="mintlify") == f"{expected}\nx\n```"


def test_an_unclosed_fence_is_reported_by_line(converted: Callable[..., object]) -> None:
    result = converted("One\n\n```\ncode")
    assert getattr(result, "problems", None) == [(3, "code block is never closed")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<code v-pre>{{username}}</code>", "`{{username}}`"),
        ("<code>a &lt;b&gt; <b>c</b></code>", "`a <b> c`"),
        ("<code>``</code>", "``` `` ```"),
        ("<pre>\na &amp; b\n  c\n</pre>", "```\na & b\n  c\n```"),
    ],
)
def test_html_code_becomes_markdown_code(markdown: Markdown, source: str, expected: str) -> None:
    assert markdown(source, source="vuepress") == expected


def test_code_that_is_not_ended_swallows_no_table(markdown: Markdown) -> None:
    body = markdown("<table><tr><td><code>a</<code> b</td></tr><tr><td><code>c</code></td></tr></table>")
    assert body.splitlines()[-1] == "| `c` |"


@given(st.text(alphabet="ab `~\n\t-1.", max_size=80))
@example("```a")
def test_what_is_set_aside_comes_back(text: str) -> None:
    after_fences = re.findall(r"(?:`{3,}|~{3,})(.*)", text)
    assume(all(re.fullmatch(r"\s*[\w.-]*\s*", info) for info in after_fences))  # More is a caption, no code.
    page = Page("a.md")
    back = put_code_back(set_code_aside(text, page, is_mdx=False), page)
    assert re.sub(r"[`~\s]", "", back) == re.sub(r"[`~\s]", "", text)


@given(st.text(alphabet="a` ", min_size=1, max_size=20).filter(str.strip))
def test_a_span_holds_any_backticks(code: str) -> None:
    ticks, inner = re.fullmatch("(`+)(.*[^`])\\1", span(code)).groups()  # type: ignore[union-attr]
    assert inner.strip() == code.strip()
    assert ticks not in re.findall("`+", inner)
