"""What is worth learning from a search, and what must never be."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from portal.core.statistics import wilson_lower_bound
from portal.search import analyzer
from portal.search.learning.models import LONGEST
from portal.search.parsing import parse

LEAST_ACCOUNTS: Final = 3
"""Accounts that have to have had success with a query before others are shown it."""

LEAST_PEOPLE: Final = 3
LEAST_ACCOUNTS_OF_THEM: Final = 2
"""People, and accounts of theirs, who have to have replaced words alike before it is proposed."""

MOST_WORDS: Final = 3
"""Words that are one thing, such as "bill of lading"."""

_ADDRESS: Final = re.compile(r"@|://|\bwww\.")
_LONG_NUMBER: Final = re.compile(r"\d(?:[-–./:()+ ]{0,2}\d){5}")
_SECRET: Final = re.compile(r"(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{12}|[\w+/=-]{32}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedQuery:
    """See `RememberedQuery`; `pages` are groups of search documents."""

    folded: str
    text: str
    account_ids: Collection[int | None]
    pages: Collection[str]
    people: int
    readers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacement:
    """See `SynonymProposal`."""

    key: str
    words: str
    means: str
    people: int
    accounts: int
    tried: int
    examples: Collection[tuple[str, str]]

    @property
    def evidence(self) -> float:
        """How surely the other words are what those who replaced these were looking for, 0…1."""
        return wilson_lower_bound(self.people, self.tried)

    @property
    def is_enough(self) -> bool:
        """Whether enough different people found something by it for staff to look at it."""
        return self.people >= LEAST_PEOPLE and self.accounts >= LEAST_ACCOUNTS_OF_THEM


def folded(text: str) -> str:
    """Return a query without regard to case, width and spaces."""
    return " ".join(analyzer.fold(text).text.split())


def may_be_remembered(text: str) -> bool:
    """Tell whether a query is short, plain words, and says nothing of anybody in particular.

    What looks like an address, a long number (a telephone's, a card's, a date), a key or a token is not
    remembered, nor is what has operators: `by:` names people. Better too much is forgotten than too little.
    """
    even = folded(text)
    return (
        even != ""
        and max(len(even), len(text)) <= LONGEST
        and text.isprintable()
        and parse(text).is_plain
        and not any(pattern.search(even) for pattern in (_ADDRESS, _LONG_NUMBER, _SECRET))
    )


def replaced(before: str, after: str) -> tuple[str, str] | None:
    """Return the word or phrase in which a query differs from the next, and what stands there instead.

    None when one only has more words than the other, or when they differ in more than one place.
    """
    old, new = analyzer.spans(before), analyzer.spans(after)
    changes = [
        change
        for change in SequenceMatcher(
            None, [span.token for span in old], [span.token for span in new], autojunk=False
        ).get_opcodes()
        if change[0] != "equal"
    ]
    if len(changes) != 1:
        return None
    kind, start, end, new_start, new_end = changes[0]
    if kind != "replace" or end - start > MOST_WORDS or new_end - new_start > MOST_WORDS:
        return None
    return (
        before[old[start].start : old[end - 1].end],
        after[new[new_start].start : new[new_end - 1].end],
    )


def most_frequent(counts: Mapping[str, int]) -> str:
    """Return what occurs most often; of several, the first in the order of letters."""
    return min(counts, key=lambda text: (-counts[text], text))
