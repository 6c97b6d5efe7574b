"""Pure rules of the knowledge base."""

from collections.abc import Iterable

from portal.knowledge.models import Freshness, Significance


def freshness_after(changes: Iterable[Significance]) -> Freshness:
    """Return how true a translation is to its source, given what was changed there since it was made."""
    changes = set(changes)
    if Significance.MAJOR in changes:
        return Freshness.OUTDATED
    return Freshness.TO_UPDATE if Significance.NORMAL in changes else Freshness.FRESH
