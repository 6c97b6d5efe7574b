"""HTML tables as pipe tables."""

from collections.abc import Callable
from typing import Final

from portal.imports.conversion.page import Page
from portal.imports.conversion.tags import Element

_MOST_COLUMNS: Final = 100


def table(element: Element, page: Page, cell_text: Callable[[Element], str]) -> str:
    """Return the rows as a pipe table headed by the first; cells that span others leave those empty."""
    rows = _rows(element, page, cell_text)
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([_caption(element, cell_text) + lines[0], "|" + " --- |" * width, *lines[1:]])


def _rows(element: Element, page: Page, cell_text: Callable[[Element], str]) -> list[list[str]]:
    rows, hanging = list[list[str]](), dict[int, int]()
    for row in element.elements("tr"):
        cells: list[str] = []
        for cell in row.elements("td", "th"):
            _skip_hanging(cells, hanging)
            across, down = _span(cell, "colspan", page), _span(cell, "rowspan", page)
            hanging |= {len(cells) + n: down - 1 for n in range(across) if down > 1}
            cells += [cell_text(cell), *[""] * (across - 1)]
        _skip_hanging(cells, hanging)
        if cells:
            rows.append(cells)
    return rows


def _skip_hanging(cells: list[str], hanging: dict[int, int]) -> None:
    """Leave a cell empty while one from a row above reaches into it."""
    while hanging.get(len(cells), 0) > 0:
        hanging[len(cells)] -= 1
        cells.append("")


def _span(cell: Element, name: str, page: Page) -> int:
    value = cell.attribute(name, name.replace("span", "Span"))
    span = min(int(value), _MOST_COLUMNS) if value.isdecimal() else 1
    if span > 1:
        page.drop(cell.line, f"<{cell.name} {name}>")
    return max(span, 1)


def _caption(element: Element, cell_text: Callable[[Element], str]) -> str:
    caption = next(element.elements("caption"), None)
    return f"**{cell_text(caption)}**\n\n" if caption and caption.children else ""
