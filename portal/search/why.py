"""What a score is made of, as staff read it."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.search.engine import Hit, PartName

LABELS: Final[Mapping[PartName, LazyString]] = {
    "title": _l("Words in the title"),
    "body": _l("Words in the text"),
    "synonyms": _l("Words that mean the same"),
    "likeness": _l("The title is like the query"),
    "pieces": _l("Pieces of words"),
    "helpfulness": _l("Readers find it helpful"),
    "freshness": _l("It was verified of late"),
    "solved": _l("It has an accepted answer"),
    "language": _l("It can be read in the reader’s language"),
    "meaning": _l("Nearness in meaning"),
}
DIGITS: Final = 1000
"""Scores are shown in thousandths."""


def reasons(hit: Hit) -> Sequence[tuple[LazyString, float]]:
    """Return the parts of a score, rounded so that they add up to the rounded score.

    They are rounded down, and those that lose most by it up until the sum is right.
    """
    exact = [part.value * DIGITS for part in hit.parts]
    missing = round(hit.score * DIGITS) - sum(map(floor, exact))
    by_loss = sorted(range(len(exact)), key=lambda place: floor(exact[place]) - exact[place])
    raised = by_loss[: max(missing, 0)]
    return [
        (LABELS[part.name], (floor(exact[place]) + (place in raised)) / DIGITS)
        for place, part in enumerate(hit.parts)
    ]
