"""Where documents stand: sections of the knowledge base and boards of the community, as one tree.

The features that have them hand them in; the index knows only their keys, so that none is written again
when a section is renamed or moves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.i18n import in_language
from portal.search.choices import Choice


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A node of the tree; `slug` names it in addresses, `parent` is the key of the one above or None."""

    key: str
    slug: str
    names: Mapping[str, str]
    parent: str | None = None
    is_board: bool = False


PlaceSource = Callable[[Session], Iterable[Place]]


class Places:
    """All places there are, in order."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_slug: dict[str, Place] = {}
        self._below: defaultdict[str | None, list[Place]] = defaultdict(list)
        for place in places:
            self._by_slug[place.slug] = place
            self._below[place.parent].append(place)

    def within(self, slug: str) -> frozenset[str]:
        """Return the keys of a place and all below it; none if there is no such place."""
        place = self._by_slug.get(slug)
        return frozenset(one.key for one in self._walk(place)) if place else frozenset()

    def choices(self, counts: Mapping[str, int], *, chosen: str, language: str) -> Sequence[Choice]:
        """Return the places that hold something: those at the top, and what is open down to the chosen one.

        `counts` are by key, of what stands directly in a place; `chosen` is a slug, empty for none. A chosen
        place that holds nothing is called by its slug alone, whether or not there is one: it may be secret.
        """
        choices = list(self._level(None, counts, chosen, language, depth=0))
        if chosen and not any(choice.is_chosen for choice in choices):
            choices.append(Choice(value=chosen, label=chosen, count=0, is_chosen=True))
        return choices

    def _level(
        self, above: str | None, counts: Mapping[str, int], chosen: str, language: str, *, depth: int
    ) -> Iterator[Choice]:
        for place in self._below[above]:
            within = list(self._walk(place))
            count = sum(counts.get(one.key, 0) for one in within)
            if count:
                yield Choice(
                    value=place.slug,
                    label=in_language(place.names, language),
                    count=count,
                    depth=depth,
                    is_chosen=place.slug == chosen,
                    is_board=place.is_board,
                )
                if any(one.slug == chosen for one in within):
                    yield from self._level(place.key, counts, chosen, language, depth=depth + 1)

    def _walk(self, place: Place) -> Iterator[Place]:
        yield place
        for below in self._below[place.key]:
            yield from self._walk(below)
