"""Pure rules of the knowledge base."""

from collections.abc import Iterable, Sequence

from portal.knowledge.models import Freshness, Significance


def freshness_after(changes: Iterable[Significance]) -> Freshness:
    """Return how true a translation is to its source, given what was changed there since it was made."""
    changes = set(changes)
    if Significance.MAJOR in changes:
        return Freshness.OUTDATED
    return Freshness.TO_UPDATE if Significance.NORMAL in changes else Freshness.FRESH


def moved(row: Sequence[int], item: int, before: int | None) -> list[int]:
    """Return a row with one of its items in front of another; at the end if that is None or not there."""
    others = [other for other in row if other != item]
    place = row.index(item) if before == item else others.index(before) if before in others else len(others)
    return [*others[:place], item, *others[place:]]
