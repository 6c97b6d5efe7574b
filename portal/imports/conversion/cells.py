"""Blocks squeezed into one line, for the cells of tables."""

import re
from typing import Final

from portal.imports.conversion.code import span
from portal.imports.conversion.page import BLOCK, INLINE, TOKEN, Page

_BREAK: Final = "<br>"
_START: Final = re.compile(
    r"(?P<quote>(?:>[ ]?)+)|(?P<alert>\[!\w+\]$)|(?P<bullet>[-*+][ ]+)|(?P<heading>#{1,7}[ ]+)"
)
_NEW_LINE: Final = re.compile(r"[-*+] |\d+[.)] |#{1,7} |[>|]|\ufdd0b|\*\*")
_BARE_PIPE: Final = re.compile(r"(?<!\\)\|")


def flatten(markdown: str, page: Page) -> str:
    """Return blocks as one line: paragraphs and items with line breaks between them."""
    pieces: list[str] = []
    starts_new = True
    for line in (line.strip() for line in markdown.split("\n")):
        text = _inline(line, page)
        if pieces and text and not starts_new and not _NEW_LINE.match(line):
            pieces[-1] += f" {text}"
        elif text and text != _BREAK:
            pieces.append(text)
        starts_new = not line
    return _BARE_PIPE.sub(r"\\|", _BREAK.join(pieces))


def _inline(line: str, page: Page) -> str:
    """Return what a line says without the mark of the block it begins."""
    bullet = heading = ""
    while start := _START.match(line):
        line = line[start.end() :]
        bullet, heading = bullet or ("• " if start["bullet"] else ""), heading or start["heading"]
    line = TOKEN.sub(lambda token: _code(page.held(token), page) if token[1] == BLOCK else token[0], line)
    return f"**{line}**" if heading and line else f"{bullet}{line}"


def _code(block: str, page: Page) -> str:
    """Return a fenced block as inline code, line by line."""
    lines = [line for line in block.split("\n") if line.strip() and not re.match("`{3,}", line)]
    return _BREAK.join(page.set_aside(INLINE, span(line.strip())) for line in lines)
