"""What results can be narrowed to, as their page offers it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.core.i18n import LANGUAGE_NAMES
from portal.search.engine import Facets


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One way to narrow results, `depth` steps below the top; `value` is what addresses say, None for all.

    `count` is how many results it leaves; None when nobody counted.
    """

    value: str | None
    label: str
    count: int | None
    is_chosen: bool
    depth: int = 0
    is_board: bool = False


def kinds(facets: Facets | None, *, chosen: str | None) -> Sequence[Choice]:
    """Return what kinds of results there are; solved topics only where there are some."""
    counts = facets.kinds if facets else {}
    every = counts.get("article", 0) + counts.get("topic", 0)
    offered = [
        (None, _("Everything"), every),
        ("articles", _("Articles"), counts.get("article", 0)),
        ("topics", _("Community"), counts.get("topic", 0)),
        ("solved", _("Solved questions"), counts.get("solved", 0)),
    ]
    return [
        Choice(value=value, label=label, count=count if facets else None, is_chosen=value == chosen)
        for value, label, count in offered
        if value != "solved" or count or value == chosen
    ]


def languages(facets: Facets | None, *, chosen: str | None) -> Sequence[Choice]:
    """Return the languages of the results; none when there is nothing to choose."""
    counts = dict(facets.languages) if facets else {}
    if chosen:
        counts.setdefault(chosen, 0)
    elif len(counts) == 1:
        return ()
    return [
        Choice(value=code, label=LANGUAGE_NAMES.get(code, code), count=counts[code], is_chosen=code == chosen)
        for code in sorted(counts)
    ]
