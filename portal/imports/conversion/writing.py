"""Writes a tree of elements as Markdown: every element by the handler of its name."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.imports.conversion.cells import flatten
from portal.imports.conversion.lists import reflow
from portal.imports.conversion.mdx import without_expressions
from portal.imports.conversion.page import Page
from portal.imports.conversion.tags import Element, Node, Text

_BARE_TAG: Final = re.compile(r"\\?<(?=[A-Za-z/!?])(?!(?:https?|ftp|mailto):|[^\s<>@]+@[^\s<>@]+>)")
_MARKER: Final = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+$")
_ALL_QUOTED: Final = re.compile(r"(?:[ ]*>.*(?:\n|$))+")
_QUOTE_MARK: Final = re.compile(r"(?m)^[ ]*> ?")
_QUOTE: Final = re.compile(r"[ \t>]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What handlers know of where they write.

    `marker` begins the items of the innermost list.
    """

    page: Page
    blocks: Mapping[str, "Handler"]
    inlines: Mapping[str, "Handler"]
    is_mdx: bool
    marker: str = "-"


Handler = Callable[[Element, Scope], str]


def write(nodes: Sequence[Node], scope: Scope) -> str:
    """Return the nodes as Markdown."""
    out = ""
    for node in nodes:
        if isinstance(node, Text):
            out += _escaped(node, scope)
        elif node.name in scope.blocks:
            out = _with_block(out, scope.blocks[node.name](node, scope), scope)
        else:
            markdown = scope.inlines.get(node.name, content_only)(node, scope)
            out = _with_block(out, markdown, scope) if "\n\n" in markdown.strip() else out + markdown
    return out


def write_block(element: Element, scope: Scope) -> str:
    """Return the content as blocks that begin at the left margin."""
    return reflow(_dedent(write(element.children, scope))).strip("\n")


def write_line(element: Element, scope: Scope) -> str:
    """Return the content as one line, as headings and links need it."""
    return flatten(write_block(element, scope), scope.page).replace("<br>", " ")


def content_only(element: Element, scope: Scope) -> str:
    """Leave out a tag and keep what it contains."""
    scope.page.drop(element.line, f"<{element.name}>")
    content = write(element.children, scope)
    return f"\n\n{_dedent(content).strip()}\n\n" if "\n" in content.strip() else content


def indented(markdown: str, prefix: str = "    ") -> str:
    """Return lines with a prefix, blank ones without it."""
    return textwrap.indent(markdown, prefix)


def _escaped(node: Text, scope: Scope) -> str:
    text = without_expressions(node.text, scope.page, node.line) if scope.is_mdx else node.text
    return _BARE_TAG.sub("&lt;", text)


def _dedent(text: str) -> str:
    """Take off the margin and the quote marks that all lines have but the first, beside its tag."""
    first, newline, rest = text.expandtabs(4).partition("\n")
    if _ALL_QUOTED.fullmatch(rest):
        rest = _QUOTE_MARK.sub("", rest)
    return first.strip(" ") + newline + textwrap.dedent(rest)


def _with_block(out: str, block: str, scope: Scope) -> str:
    """Return `out` with a block after it, where the last line of `out` says how it is indented or quoted."""
    before, newline, line = out.rpartition("\n")
    block = block.strip("\n")
    if line.lstrip().startswith("|"):
        return out + flatten(block, scope.page)
    if not block:
        return out
    if _MARKER.match(line):
        lead = re.sub(r"[^\s>]", " ", line)
        return f"{out}{indented(block, lead).removeprefix(lead)}\n\n{lead}"
    if _QUOTE.match(line):
        blank = line.rstrip()
        return f"{before}{newline}{blank}\n{_quoted(block, line)}\n{blank}\n{line}"
    lead = line[: len(line) - len(line.lstrip())]
    return f"{out.rstrip(' ')}\n\n{indented(block, lead)}\n\n{lead}"


def _quoted(block: str, lead: str) -> str:
    return "\n".join(lead + line if line else lead.rstrip() for line in block.split("\n"))
