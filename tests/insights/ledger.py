"""Made-up events for the tests of help sessions and of the figures made from them."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

from hypothesis import strategies as st

from portal.insights.help_sessions import Event, HelpSession, help_sessions

MONDAY: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER: Final = MONDAY + timedelta(days=60)

KINDS: Final = (
    "search.performed",
    "search.result_opened",
    "article.viewed",
    "article.read",
    "article.voted",
    "topic.viewed",
    "topic.read",
    "suggestion.shown",
    "suggestion.opened",
    "suggestion.resolved",
    "assistant.asked",
    "assistant.answered",
    "ask_form.opened",
    "contact_form.opened",
    "question.asked",
    "request.opened",
    "answer.accepted",
    "answer.was_accepted",
    "user.signed_in",
    "feature.used",
    "product.printed",
)
_GAPS: Final = (0, 5, 9, 10, 30, 60, 61, 300, 600, 1800, 1801, 5 * 3600, 72 * 3600, 73 * 3600)


def event(number: int, kind: str, seconds: float, *, person: str = "user:1", **data: object) -> Event:
    """Make an event so many seconds after Monday morning; its subject is that of every other."""
    at = MONDAY + timedelta(seconds=seconds)
    return Event(id=number, kind=kind, occurred_at=at, person=person, subject="article:1", data=data)


def day(*rows: tuple[str, float], person: str = "user:1") -> list[Event]:
    """Make one person's events from kinds and seconds."""
    return [event(number, kind, seconds, person=person) for number, (kind, seconds) in enumerate(rows, 1)]


def sessions_of(*events: Event) -> list[HelpSession]:
    """Find help sessions long after all was settled."""
    return help_sessions(events, as_of=LATER)


_data = st.fixed_dictionaries(
    {},
    optional={
        "results": st.sampled_from([0, 0, 3]),
        "rank": st.integers(0, 4),
        "helpful": st.booleans(),
        "by_asker": st.booleans(),
    },
)
_rows = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(_GAPS), st.integers(1, 2), st.integers(1, 2), _data),
    max_size=14,
)


def _ledger(rows: list[tuple[str, int, int, int, dict[str, int]]]) -> list[Event]:
    moments = accumulate(gap for _, gap, _, _, _ in rows)
    return [
        Event(
            id=number,
            kind=kind,
            occurred_at=MONDAY + timedelta(seconds=seconds),
            person=f"user:{person}",
            subject=f"article:{subject}",
            data=data,
        )
        for number, ((kind, _, person, subject, data), seconds) in enumerate(
            zip(rows, moments, strict=True), 1
        )
    ]


ledgers: Final = _rows.map(_ledger)
