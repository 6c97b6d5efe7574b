"""Which texts of the knowledge base are wanted, as the address of their list says it, and in which order."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from portal.insights.articles import Helps, ListedText, TextState
from portal.knowledge.models import Freshness
from portal.knowledge.rules import DueState

Filters = Mapping[str, str]
"""Values by the names of filters; what is not named leaves nothing out."""

NOBODY: Final = "none"
MISSING: Final = "missing-"
"""What stands before the language in which an article is missing."""
VIEWS: Final[Mapping[str, range]] = {
    "none": range(1),
    "few": range(1, 10),
    "some": range(10, 100),
    "many": range(100, 2**31),
}


def _words(row: ListedText, value: str) -> bool:
    title = _folded(row.text.title)
    return all(word in title for word in _folded(value).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _translation(row: ListedText, value: str) -> bool:
    if value.startswith(MISSING):
        return row.is_read and value.removeprefix(MISSING) in row.missing
    return row.is_read and row.text.freshness == value


FITS: Final[Mapping[str, Callable[[ListedText, str], bool]]] = {
    "q": _words,
    "language": lambda row, value: row.text.language == value,
    "state": lambda row, value: value in row.states,
    "translation": _translation,
    "section": lambda row, value: int(value) in row.place.ids,
    "verifier": lambda row, value: str(row.standing.verifier_id or NOBODY) == value,
    "due": lambda row, value: row.is_read and row.standing.state == value,
    "helpfulness": lambda row, value: row.helps == value,
    "views": lambda row, value: row.views in VIEWS[value],
    "trouble": lambda row, value: bool({"feedback": row.unresolved, "links": row.broken_links}[value]),
}
"""Whether a text fits the value of a filter."""

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "state": [*TextState],
    "due": [*DueState],
    "helpfulness": [*Helps],
    "views": [*VIEWS],
    "trouble": ["feedback", "links"],
}
"""The values of the filters that have the same on every site."""
STALE: Final = (Freshness.TO_UPDATE, Freshness.OUTDATED)


def fitting(rows: Iterable[ListedText], wanted: Filters) -> Sequence[ListedText]:
    """Return the texts that fit all filters."""
    return [row for row in rows if all(FITS[name](row, value) for name, value in wanted.items())]


ORDERS: Final[Mapping[str, Callable[[ListedText], Any]]] = {
    "title": lambda row: _folded(row.text.title),
    "language": lambda row: row.text.language,
    "state": lambda row: max(list(TextState).index(state) for state in row.states),
    "section": lambda row: _folded(row.place.name),
    "verifier": lambda row: row.verifier and _folded(row.verifier),
    "due": lambda row: row.standing.due_at if row.is_read else None,
    "helpfulness": lambda row: row.helpfulness.at_least if row.helpfulness.votes else None,
    "views": lambda row: row.views,
    "written": lambda row: row.written_at,
}
"""What texts can be sorted by; None comes last either way."""
LARGEST_FIRST: Final = frozenset({"views", "written"})
"""What is sorted from the largest down when its heading is chosen first."""
DEFAULT_ORDER: Final = "-written"


def in_order(rows: Iterable[ListedText], order: str) -> Sequence[ListedText]:
    """Sort by one of the orders, downwards after a minus; those that are equal by title and id."""
    key = ORDERS[order.removeprefix("-")]
    same = sorted(rows, key=lambda row: (_folded(row.text.title), row.text.article_id, row.text.language))
    known = [row for row in same if key(row) is not None]
    known.sort(key=key, reverse=order.startswith("-"))
    return [*known, *(row for row in same if key(row) is None)]


def order_after(order: str, name: str) -> str:
    """Return how to sort when the heading of a column is chosen: by it, or the other way round."""
    natural = f"-{name}" if name in LARGEST_FIRST else name
    other = name if natural.startswith("-") else f"-{name}"
    return other if order == natural else natural
