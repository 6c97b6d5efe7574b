"""How much of CommonMark is rendered as its specification says, and why the rest is not."""

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import html5lib
import pytest

from portal.content.markdown import render

SPECIFICATION: Final = Path(__file__).parents[3] / "shared/data/hostile/commonmark/spec-tests.json"
pytestmark = pytest.mark.skipif(not SPECIFICATION.is_file(), reason=f"no specification in {SPECIFICATION}")

EXAMPLES: Final = 655
# The reasons are explained in docs/rendering.md, under the same words.
DIFFERENCES: Final = {
    "HTML outside the list is shown, not passed on": """
        150 152 153 154 156 157 158 164 165 170 171 173 174 175 182 183 184 616 617 618 619 621 625 626 628
        629 630 631 634""",
    "HTML keeps to its paragraph": """
        21 31 148 162 163 166 167 168 185 186 189 346 478 479 615 632 633 645 646""",
    "Addresses become links, and few schemes lead anywhere": """
        20 348 598 599 600 601 603 604 605 608 610 613""",
    "A link ends at the first bracket that can end it": """
        41 490 492 493 495 496 506 507 509 510 520 521 526 528 534 535 538 540 544 545 561 570 571
        573""",
    "A definition is one line, and the last one counts": """
        23 196 197 198 203 204 206 215 218 542 543 546 551 552 553 554""",
    "What describes an image is plain text": "522 575 576 578 579 587 591",
    "Lists are as people write them": """
        5 7 259 266 268 272 273 275 276 280 281 282 302 303 304 309 314 315 316 317 321 322 323""",
    "Neighbouring quotations are one": "244 254",
    "Emphasis needs no spaces": "354 356 370 371 382 394 418 469 470",
    "Spaces at the edges of code are trimmed, and tabs are spaces": """
        1 2 3 112 118 129 138 333 334 335 336 338 349""",
    "A heading has one line": "76 81 82 95 649",
    "What is empty leaves nothing": "79 241",
    "Entities are read once": "14 28",
}
ADDED: Final = frozenset({"id", "rel", "loading", "tabindex"})
_AROUND_BLOCKS: Final = re.compile(
    r"\s*(</?(?:blockquote|br|div|h|hr|li|ol|p|pre|table|tbody|td|th|thead|tr|ul)(?: [^>]*)?>)\s*"
)


def examples() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(SPECIFICATION.read_text())
    return found


def meaning(html: str) -> str:
    """HTML without what the portal adds and what a browser does not show."""
    root = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return _AROUND_BLOCKS.sub(r"\1", _written(root, in_code=False)).strip()


def _written(element: Element, *, in_code: bool) -> str:
    def shown(text: str | None) -> str:
        return text or "" if in_code else re.sub(r"\s+", " ", text or "")

    parts = [shown(element.text)]
    for child in element:
        name = "" if callable(child.tag) else child.tag  # Comments have a function for a tag.
        inner = _written(child, in_code=in_code or name == "pre") if name else ""
        if name == "pre":
            inner = re.sub(r"\n*(</code>|$)", r"\1", inner)
        parts += [_tag(child, name, inner), shown(child.tail)]
    return "".join(parts)


def _tag(element: Element, name: str, inner: str) -> str:
    if name in {"", "span"} or element.get("class") == "table-scroll":
        return inner
    values = {key: value for key, value in element.attrib.items() if key not in ADDED}
    if name == "code":
        values = {}
    if "start" in values:
        values["start"] = str(int(values["start"]))
    for key in {"href", "src"} & values.keys():
        values[key] = unquote(values[key])
    attributes = "".join(f' {key}="{value}"' for key, value in sorted(values.items()))
    return f"<{re.sub('h[1-6]', 'h', name)}{attributes}>{inner}</{re.sub('h[1-6]', 'h', name)}>"


def test_every_difference_has_a_reason() -> None:
    different = {
        example["example"]
        for example in examples()
        if meaning(render(example["markdown"]).html) != meaning(example["html"])
    }
    explained = [int(number) for numbers in DIFFERENCES.values() for number in numbers.split()]
    assert sorted(different) == sorted(explained)


def test_three_quarters_are_as_specified() -> None:
    explained = sum(len(numbers.split()) for numbers in DIFFERENCES.values())
    assert len(examples()) == EXAMPLES
    assert 1 - explained / EXAMPLES > 0.74


def test_the_comparison_sees_differences() -> None:
    assert meaning("<p>a</p>\n<p>b</p>") == meaning('<p id="x">a</p><p>b</p>')
    assert meaning("<p>a b</p>") != meaning("<p>ab</p>")
    assert meaning("<pre><code>a  b</code></pre>") != meaning("<pre><code>a b</code></pre>")


def test_the_document_names_every_reason() -> None:
    text = (Path(__file__).parents[2] / "docs/rendering.md").read_text()
    for reason, numbers in DIFFERENCES.items():
        assert f"| {reason} | {len(numbers.split())} |" in text
