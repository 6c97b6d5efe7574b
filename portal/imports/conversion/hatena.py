"""Hatena notation (はてな記法) as Markdown."""

import re
from collections.abc import Iterator
from typing import Final

from portal.imports.conversion.code import fenced, span
from portal.imports.conversion.page import Page

_HEADING: Final = re.compile(r"(?P<marks>\*{1,3})(?!\*)(?:[\w-]+\*)?\s*(?P<text>\S.*)$")
_ITEM: Final = re.compile(r"(?P<marks>[-+]{1,3})\s*(?P<text>[^-+\s].*)$")
_TERM: Final = re.compile(r":(?P<term>[^:]+):(?P<text>.*)$")
_ROW: Final = re.compile(r"\|(?P<cells>.+)\|\s*$")
_CODE: Final = re.compile(r">\|(?P<language>[\w#+.-]*)\|$")
_QUOTE: Final = re.compile(r">(?P<source>https?://\S+?)?>$")
_DROPPED: Final = re.compile(r"(?:={4,5}|><|\[:contents\]|\[(?:f:id|asin|photo|tweet|graph):?.*\])\s*$")
_FOOTNOTE: Final = re.compile(r"(?<!\()\(\((?!\()(?P<text>.+?)(?<!\))\)\)(?!\))")
_LINK: Final = re.compile(
    r"\[(?P<url>https?://[^\s\[\]]+?)(?::title(?:=(?P<title>[^\[\]]*))?|:embed|:bookmark)?\]"
)
_FORMULA: Final = re.compile(r"\[tex:(?P<formula>(?:\\.|[^\\\]])+)\]")


def hatena_to_markdown(text: str, page: Page) -> str:
    """Return Hatena notation as Markdown with the same lines; footnotes stand at the end."""
    notes: list[str] = []
    lines = list(_blocks(iter(enumerate(text.split("\n"), page.first_line)), notes, page))
    return "\n".join([*lines, "", *(f"[^{n}]: {note}" for n, note in enumerate(notes, 1))])


def _blocks(lines: Iterator[tuple[int, str]], notes: list[str], page: Page) -> Iterator[str]:
    in_quote = False
    for number, line in lines:
        if code := _CODE.match(line):
            yield fenced("\n".join(_until("||<", lines)), code["language"])
        elif line.rstrip() == ">|":
            yield fenced("\n".join(_until("|<", lines)))
        elif quote := _QUOTE.match(line):
            in_quote = True
            yield f"> <{quote['source']}>" if quote["source"] else ">"
        elif line.rstrip() == "<<":
            in_quote = False
            yield ""
        elif _DROPPED.match(line):
            page.drop(number, line.strip())
            yield ""
        else:
            markdown = _inline(_line(line), notes)
            yield f"> {markdown}" if in_quote else markdown


def _until(end: str, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Yield lines of code up to the one that ends with the mark."""
    for _, line in lines:
        if line.rstrip().endswith(end):
            rest = line.rstrip().removesuffix(end)
            if rest:
                yield rest
            return
        yield line


def _line(line: str) -> str:
    if heading := _HEADING.match(line):
        return f"{'#' * len(heading['marks'])} {heading['text']}"
    if item := _ITEM.match(line):
        marker = "-" if item["marks"].startswith("-") else "1."
        return f"{'    ' * (len(item['marks']) - 1)}{marker} {item['text']}"
    if term := _TERM.match(line):
        return f"- **{term['term'].strip()}**: {term['text'].strip()}"
    if row := _ROW.match(line):
        return _row(row["cells"].split("|"))
    return line


def _row(cells: list[str]) -> str:
    """Return a table row; one of `|*head|` cells gets the line under it that makes it the head."""
    shown = f"| {' | '.join(cell.strip().removeprefix('*') for cell in cells)} |"
    is_head = all(cell.strip().startswith("*") for cell in cells)
    return f"{shown}\n|{' --- |' * len(cells)}" if is_head else shown


def _inline(line: str, notes: list[str]) -> str:
    def note(match: re.Match[str]) -> str:
        notes.append(_links(match["text"]))
        return f"[^{len(notes)}]"

    return _links(_FOOTNOTE.sub(note, line))


def _links(text: str) -> str:
    def link(match: re.Match[str]) -> str:
        return f"[{match['title']}]({match['url']})" if match["title"] else f"<{match['url']}>"

    return _FORMULA.sub(lambda match: span(match["formula"]), _LINK.sub(link, text))
