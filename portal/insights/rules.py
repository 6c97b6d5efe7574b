"""Figures of self-service, computed from help sessions.

Each keeps the ids of the rows that it counts, so that a page can open them; a session goes by the id of its
first event. Deflection leaves out pending sessions, which `by_outcome` counts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import fsum
from typing import Final, Protocol, TypeVar

from portal.core.statistics import TOO_FEW, Rate
from portal.insights.help_sessions import FORMS, SEARCH, Event, HelpSession, Outcome, Search, is_result

REFINED_WITHIN: Final = timedelta(seconds=60)


class Row(Protocol):
    """Something that a page can open."""

    @property
    def id(self) -> int:
        """Its id."""


AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A rate, with the ids of the rows above and below the line; those above are some of those below."""

    numerator_ids: tuple[int, ...]
    denominator_ids: tuple[int, ...]

    @property
    def rate(self) -> Rate:
        """The rate."""
        return Rate(len(self.numerator_ids), len(self.denominator_ids))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """So many rows of one sort for each of another, with the ids of both."""

    numerator_ids: tuple[int, ...]
    denominator_ids: tuple[int, ...]

    @property
    def value(self) -> float | None:
        """How many for each; None when there is none below the line."""
        return len(self.numerator_ids) / len(self.denominator_ids) if self.denominator_ids else None

    @property
    def too_few(self) -> bool:
        """Whether fewer than 20 rows stand below the line."""
        return len(self.denominator_ids) < TOO_FEW


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean:
    """A mean over some rows, with their ids; None when there is none."""

    value: float | None
    ids: tuple[int, ...]

    @property
    def too_few(self) -> bool:
        """Whether it is the mean of fewer than 20 rows."""
        return len(self.ids) < TOO_FEW


def by_outcome(sessions: Iterable[HelpSession]) -> dict[Outcome, tuple[int, ...]]:
    """Return the ids of the sessions of each outcome, the pending ones among them."""
    listed = list(sessions)
    return {
        outcome: tuple(session.id for session in listed if session.outcome is outcome) for outcome in Outcome
    }


def deflection_explicit(sessions: Iterable[HelpSession]) -> Counted:
    """Deflection rate (explicit).

    Resolved explicit ÷ sessions that reached the ask or contact form and were shown suggestions. Strict: only
    sessions with intent to ask count.
    """
    with_intent = [
        session
        for session in _decided(sessions)
        if session.has_any(FORMS) and session.has_any({"suggestion.shown"})
    ]
    return _count(with_intent, lambda session: session.outcome is Outcome.RESOLVED_EXPLICIT)


def deflection_implicit(sessions: Iterable[HelpSession]) -> Counted:
    """Deflection rate (implicit).

    (Resolved explicit + resolved implicit) ÷ all help sessions. Shown as an upper estimate, always beside the
    explicit one.
    """
    resolved = {Outcome.RESOLVED_EXPLICIT, Outcome.RESOLVED_IMPLICIT}
    return _count(_decided(sessions), lambda session: session.outcome in resolved)


def self_service_ratio(sessions: Iterable[HelpSession], events: Iterable[Event]) -> Ratio:
    """Self-service ratio: help sessions ÷ requests (customers' own answers per request)."""
    return Ratio(
        numerator_ids=tuple(session.id for session in sessions),
        denominator_ids=tuple(event.id for event in events if event.kind == "request.opened"),
    )


def search_success(sessions: Iterable[HelpSession]) -> Counted:
    """Search success: searches followed by an opened result in the same session ÷ searches."""
    return _count(_searches(sessions), lambda search: any(map(is_result, search.later)))


def zero_result_rate(sessions: Iterable[HelpSession]) -> Counted:
    """Zero-result rate: searches with no result ÷ searches."""
    return _count(_searches(sessions), lambda search: search.event.data.get("results") == 0)


def refinement_rate(sessions: Iterable[HelpSession]) -> Counted:
    """Refinement rate: searches followed by another search within 60 s ÷ searches."""
    return _count(
        _searches(sessions),
        lambda search: any(
            event.kind == SEARCH and event.occurred_at - search.event.occurred_at <= REFINED_WITHIN
            for event in search.later
        ),
    )


def mean_reciprocal_click_rank(sessions: Iterable[HelpSession]) -> Mean:
    """Mean reciprocal click rank: 1 ÷ the best rank opened, over searches with an opened result.

    A result belongs to the last search before it. Searches without one are told by search success.

    Source: Radlinski, F., Kurup, M. and Joachims, T. (2008), How does clickthrough data reflect retrieval
    quality?, CIKM, pages 43-52 (there: max reciprocal rank).
    """
    best = {search.id: min(ranks) for search in _searches(sessions) if (ranks := _opened_ranks(search))}
    mean = fsum(1 / rank for rank in best.values()) / len(best) if best else None
    return Mean(value=mean, ids=tuple(best))


def _opened_ranks(search: Search) -> list[int]:
    """Return the ranks, from 1, of the results opened before the next search, where they are known."""
    ranks = [event.data.get("rank") for event in search.opened]
    return [rank for rank in ranks if isinstance(rank, int) and rank >= 1]


def _searches(sessions: Iterable[HelpSession]) -> list[Search]:
    return [search for session in sessions for search in session.searches]


def _decided(sessions: Iterable[HelpSession]) -> list[HelpSession]:
    return [session for session in sessions if session.outcome is not Outcome.PENDING]


def _count(rows: Sequence[AnyRow], counts: Callable[[AnyRow], bool]) -> Counted:
    return Counted(
        numerator_ids=tuple(row.id for row in rows if counts(row)),
        denominator_ids=tuple(row.id for row in rows),
    )
