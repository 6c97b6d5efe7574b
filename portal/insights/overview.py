"""The state of the knowledge base: counts of what its list of texts shows under the same filters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from operator import attrgetter
from typing import Final

from portal.core.statistics import Rate
from portal.insights.article_filters import MISSING, STALE, Filters, fitting
from portal.insights.articles import Helps, ListedText, TextState
from portal.knowledge.models import Freshness
from portal.knowledge.rules import DueState

NEWEST: Final = 5
_READ: Final = {"state": TextState.PUBLISHED}
_IN_TIME: Final = frozenset({DueState.FRESH, DueState.DUE_SOON})
WITHOUT_LANGUAGE: Final[Mapping[str, Filters]] = {
    "overdue": {"due": DueState.OVERDUE},
    "due_soon": {"due": DueState.DUE_SOON},
    "verified": {"due": DueState.FRESH},
    "not_asked": {"due": DueState.NOT_ASKED},
    "in_review": {"state": TextState.IN_REVIEW},
    "changes_asked": {"state": TextState.CHANGES_ASKED},
    "scheduled": {"state": TextState.SCHEDULED},
    "changed": {"state": TextState.CHANGED},
    "feedback": {"trouble": "feedback"},
    "unread": {**_READ, "views": "none"},
    "unhelpful": {**_READ, "helpfulness": Helps.LOW},
    "broken": {"trouble": "links"},
}
"""What is counted over all languages, and the filters that show it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many texts, of how many articles, fit these filters."""

    wanted: Filters
    texts: int
    articles: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InLanguage:
    """How the texts of one language stand."""

    language: str
    states: Mapping[TextState, Tally]
    stale: Mapping[Freshness, Tally]
    missing: Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The state of the knowledge base.

    `in_time` is the share of the articles that someone has to verify which is not overdue. `asked_since` is
    when the review that waits the longest was asked for, None if none waits. `newest` are the texts that
    readers have seen for the shortest time.
    """

    languages: Sequence[InLanguage]
    tallies: Mapping[str, Tally]
    in_time: Rate
    asked_since: datetime | None
    broken_links: int
    unresolved: int
    newest: Sequence[ListedText]


def overview_of(rows: Sequence[ListedText], languages: Sequence[str]) -> Overview:
    """Sum up the whole knowledge base."""
    tallies = {name: _tally(rows, wanted) for name, wanted in WITHOUT_LANGUAGE.items()}
    in_time = _articles(row for row in rows if row.is_read and row.standing.state in _IN_TIME)
    overdue = tallies["overdue"].articles
    read = [row for row in rows if row.is_read]
    return Overview(
        languages=[_in_language(rows, language) for language in languages],
        tallies=tallies,
        in_time=Rate(in_time, in_time + overdue),
        asked_since=min((row.asked_at for row in rows if row.asked_at), default=None),
        broken_links=sum(row.broken_links for row in rows),
        unresolved=sum(row.unresolved for row in rows),
        newest=nlargest(NEWEST, read, key=attrgetter("live_since")),
    )


def _tally(rows: Iterable[ListedText], wanted: Filters) -> Tally:
    found = fitting(rows, wanted)
    return Tally(wanted=wanted, texts=len(found), articles=_articles(found))


def _articles(rows: Iterable[ListedText]) -> int:
    return len({row.text.article_id for row in rows})


def _in_language(rows: Sequence[ListedText], language: str) -> InLanguage:
    states = {state: _tally(rows, {"language": language, "state": state}) for state in TextState}
    stale = {kind: _tally(rows, {"language": language, "translation": kind}) for kind in STALE}
    missing = _tally(rows, {"translation": f"{MISSING}{language}"})
    return InLanguage(language=language, states=states, stale=stale, missing=missing)
