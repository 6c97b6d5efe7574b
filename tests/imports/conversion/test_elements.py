from collections.abc import Callable
from typing import Any

import pytest

Converted = Callable[..., Any]
Markdown = Callable[..., str]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<Note>\n  Text\n</Note>", "> [!NOTE]\n> Text"),
        ("<Info>Text</Info>", "> [!NOTE]\n> Text"),
        ("<Check>Text</Check>", "> [!TIP]\n> Text"),
        ("<Warning>\n\nA\n\n- b\n\n</Warning>", "> [!WARNING]\n> A\n>\n> - b"),
        ("<Danger>Text</Danger>", "> [!CAUTION]\n> Text"),
        ('<call-out type="warning">\n\nText\n\n</call-out>', "> [!WARNING]\n> Text"),
        ("<call-out>\n\nText\n\n</call-out>", "> [!NOTE]\n> Text"),
        (
            '<call-out-link linktext="Go" link="https://e.example">\n\nText\n\n</call-out-link>',
            "Text\n\n[Go](https://e.example)",
        ),
        ('<Card title="A" icon="x" href="/b">\n  Text\n</Card>', "- [**A**](/b)\n\n    Text"),
        ('<Card title="A">Text</Card>', "- **A**\n\n    Text"),
        ("<Columns cols={2}>\n<Card title='A' />\n<Card title='B' />\n</Columns>", "- **A**\n\n- **B**"),
        (
            "<Steps>\n<Step title='A'>\n  1\n\n  ```\n  x\n  ```\n</Step>\n<Step title='B'>2</Step></Steps>",
            "1. **A**\n\n    1\n\n    ```\n    x\n    ```\n\n1. **B**\n\n    2",
        ),
        (
            '<Tabs>\n<Tab title="A">\nOne\n</Tab>\n<TabItem value="b" label="B">\nTwo\n</TabItem>\n</Tabs>',
            "**A**\n\nOne\n\n**B**\n\nTwo",
        ),
        ('<Accordion title="Why?">\n  Because.\n</Accordion>', "## Why?\n\nBecause."),
        (
            "- a\n\n  <Accordion title='Why?'>\n    Because.\n  </Accordion>",
            "- a\n\n    **Why?**\n\n    Because.",
        ),
        ("<details>\n<summary>Why?</summary>\n\nBecause.\n\n</details>", "## Why?\n\nBecause."),
        ('<Frame caption="A picture">\n  ![alt](a.png)\n</Frame>', "![alt](a.png)\n\n*A picture*"),
        (
            "<CodeGroup>\n```sh One\na\n```\n```sh Two\nb\n```\n</CodeGroup>",
            "**One**\n\n```sh\na\n```\n**Two**\n\n```sh\nb\n```",
        ),
        (
            '<ParamField path="user" type="string" required>\n  Who.\n</ParamField>',
            "- **`user`** (string) (required)\n\n    Who.",
        ),
        ("<CheckList><CheckListItem id='a'>Do</CheckListItem></CheckList>", "- [ ] Do"),
        ('<Tooltip tip="long">short</Tooltip>', "short (long)"),
        ("New <Badge>Beta</Badge>", "New **Beta**"),
        ('New <Badge text="v5" type="tip"/>', "New **v5**"),
    ],
)
def test_components(markdown: Markdown, source: str, expected: str) -> None:
    assert markdown(source, source="mintlify") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<img src="/a.png" alt="An [a]" width="10">', r"![An \[a\]](/a.png)"),
        ('<img :src="$withBase(\'/a.png\')" alt="A">', "![A](/a.png)"),
        ("<img src={useBaseUrl('img/a.png')} />", "![](/img/a.png)"),
        ("<img src={require('./a.png').default} />", "![](./a.png)"),
        ('<a href="/b" class="c">text</a>', "[text](/b)"),
        ('<a href="/b"><img src="a.png"/></a>', "[![](a.png)](/b)"),
        ("<b>a</b>, <em>b</em>, <del>c</del>", "**a**, *b*, ~~c~~"),
        ("a <strong> b </strong>c", "a  **b** c"),
        ("a<br/>b</br>c<br></br>d", "a<br>b<br>c<br>d"),
        ("H<sub>2</sub>O, <kbd class='x'>Ctrl</kbd>", "H<sub>2</sub>O, <kbd>Ctrl</kbd>"),
        ("<p align='center'>a</p><p>b</p>", "a\n\nb"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n\n- b\n\n    1. c"),
        ("<ul><li>a<li>b</ul>", "- a\n\n- b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("a <hr/> b", "a\n\n---\n\nb"),
        ("<h3 id='x'>A <em>b</em></h3>\n\nText", "## A *b*\n\nText"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
        ("a &lt;b> &amp; c", "a &lt;b> &amp; c"),
    ],
)
def test_html(markdown: Markdown, source: str, expected: str) -> None:
    assert markdown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Use <your-key> or <Your Name>.", "Use &lt;your-key> or &lt;Your Name>."),
        ("<https://e.example/a> and <a@e.example>", "<https://e.example/a> and <a@e.example>"),
        ("<domain>x</domain>", "&lt;domain>x&lt;/domain>"),
        ("1 < 2 and a<b", "1 < 2 and a&lt;b"),
        ("<server> or <> there", "&lt;server> or <> there"),
    ],
)
def test_tags_without_a_meaning_are_text(markdown: Markdown, source: str, expected: str) -> None:
    assert markdown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected", "dropped"),
    [
        ("A\n\n<Fancy a={1}>\n\nB\n\n</Fancy>", "A\n\nB", [(3, "<Fancy>")]),
        ("A <Mark/> b", "A  b", [(1, "<Mark>")]),
        ('<ContextualBlock context="x">\n\n## B\n\n</ContextualBlock>', "## B", [(1, "<ContextualBlock>")]),
        ("<form>\n<input type='text'/>\n</form>", "", [(1, "<form>")]),
        ("<button>Go</button>", "Go", [(1, "<button>")]),
        ("<div style='color:red'>\nA\n</div>", "A", [(1, "<div> styling")]),
        ('<iframe src="https://v.example/1"></iframe>', "<https://v.example/1>", [(1, "<iframe>")]),
        ('<iframe src="//v.example/1"></iframe>', "<https://v.example/1>", [(1, "<iframe>")]),
        (
            '<iframe src="//www.youtube.com/embed/a-b_c123456?rel=0"></iframe>',
            "https://www.youtube.com/watch?v=a-b_c123456",
            [],
        ),
        (
            '<iframe src="https://player.vimeo.com/video/12345?badge=0&h=0a1b2c"></iframe>',
            "https://vimeo.com/12345/0a1b2c",
            [],
        ),
        (
            '<video><source src="https://v.example/1.mp4"></video>',
            "<https://v.example/1.mp4>",
            [(1, "<video>")],
        ),
        ("<img src={picture}/>", "![](picture)", []),
        ("<img alt='a'>", "", [(1, "<img>")]),
        ("A</div>", "A", [(1, "</div>")]),
        ("<Note>\n\nA", "A", [(1, "<Note> without end")]),
    ],
)
def test_what_cannot_be_said_is_dropped_by_line(
    converted: Converted, source: str, expected: str, dropped: list[tuple[int, str]]
) -> None:
    result = converted(source)
    assert (result.body, result.dropped) == (expected, dropped)


def test_blocks_in_a_pipe_table_stay_in_their_row(markdown: Markdown) -> None:
    source = "| a | b |\n| - | - |\n| x | One. <ul><li>`c`</li><li>d</li></ul><Info>Note.</Info> |"
    assert markdown(source).splitlines()[-1] == "| x | One. • `c`<br>• dNote. |"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "1. One\n   <Tip>\n     A\n\n     B\n   </Tip>\n2. Two",
            "1. One\n\n    > [!TIP]\n    > A\n    >\n    > B\n\n2. Two",
        ),
        ("- <Tip>\n  A\n  </Tip>\n- b", "- > [!TIP]\n    > A\n\n- b"),
        ("> a\n> <Note>\n> B\n> </Note>\n> c", "> a\n>\n> > [!NOTE]\n> > B\n>\n> c"),
    ],
)
def test_a_component_keeps_the_place_of_its_line(markdown: Markdown, source: str, expected: str) -> None:
    assert markdown(source, source="mintlify") == expected
