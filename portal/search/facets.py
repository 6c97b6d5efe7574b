"""How many results each choice of kind, language and section would leave."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from portal.search.corpus import Corpus
from portal.search.engine import Facets, Query, Traits
from portal.search.ranking import Flags, Numbers
from portal.search.segments import numbered

VALUES: Final[Mapping[str, Callable[[Traits], str]]] = {
    "kind": lambda traits: traits.kind,
    "solved": lambda traits: "solved" if traits.is_solved else "",
    "language": lambda traits: traits.language,
    "section": lambda traits: traits.section,
}
"""What is counted of documents; what is empty is not."""


class FacetCounter:
    """Counts groups in a corpus; `admitted` gives the documents that a query's choices let through."""

    def __init__(self, corpus: Corpus, admitted: Callable[[Query], Flags]) -> None:
        self._corpus = corpus
        self._admitted = admitted
        self._pairs = lru_cache(self._find_pairs)

    def counted(self, query: Query, found: Flags) -> Facets:
        """Return what each choice would leave of the documents found, the others being as they are."""
        choices = query.choices
        of_any_kind = found & self._admitted(replace(choices, kind=None, is_solved=False))
        in_any_language = found & self._admitted(replace(choices, language=None))
        anywhere = found & self._admitted(replace(choices, sections=None))
        return Facets(
            kinds=self._counts("kind", of_any_kind) | self._counts("solved", of_any_kind),
            languages=self._counts("language", in_any_language),
            sections=self._counts("section", anywhere),
        )

    def _counts(self, name: str, admitted: Flags) -> dict[str, int]:
        """Return the number of groups that have an admitted document of each value of one of VALUES."""
        names, pairs, values = self._pairs(name)
        is_there = np.zeros(len(values), np.bool_)
        is_there[pairs[admitted]] = True
        counts = np.bincount(values[is_there], minlength=len(names))
        return {value: int(count) for value, count in zip(names, counts, strict=True) if value and count}

    def _find_pairs(self, name: str) -> tuple[list[str], Numbers, Numbers]:
        """Return the different values, each document's pair of group and value, and the values of pairs."""
        columns, groups = self._corpus.columns, len(self._corpus.group_names)
        names, of_traits = numbered(map(VALUES[name], columns.traits))
        both = of_traits[columns.traits_of] * groups + self._corpus.groups
        pairs, of_documents = np.unique(both, return_inverse=True)
        return names, of_documents, pairs // max(groups, 1)
