"""Help sessions: the definitions case by case, and against a slow recount that follows their words."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.insights.help_sessions import Event, Outcome, help_sessions
from tests.insights.ledger import LATER, MONDAY, day, event, ledgers, sessions_of

MINUTE = 60
HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    "kind",
    ["search.performed", "article.viewed", "assistant.asked", "ask_form.opened", "contact_form.opened"],
)
def test_a_session_begins_with_looking_for_help(kind: str) -> None:
    (session,) = sessions_of(*day(("user.signed_in", 0), (kind, 5), ("post.voted", 20)))
    assert [row.id for row in session.events] == [2, 3]
    assert (session.id, session.person) == (2, "user:1")
    assert (session.started_at, session.ended_at) == (
        MONDAY + timedelta(seconds=5),
        MONDAY + timedelta(seconds=20),
    )


@pytest.mark.parametrize("kind", ["topic.viewed", "question.asked", "user.signed_in", "step.completed"])
def test_other_events_begin_none(kind: str) -> None:
    assert sessions_of(*day((kind, 0), (kind, 60))) == []


@pytest.mark.parametrize(("gap", "count"), [(30 * MINUTE, 1), (30 * MINUTE + 1, 2)])
def test_a_gap_above_thirty_minutes_ends_a_session(gap: float, count: int) -> None:
    assert len(sessions_of(*day(("search.performed", 0), ("search.performed", gap)))) == count


def test_every_event_keeps_a_session_going() -> None:
    rows = [("search.performed", 0), ("post.voted", 25 * MINUTE), ("search.performed", 50 * MINUTE)]
    assert len(sessions_of(*day(*rows))) == 1


@pytest.mark.parametrize("kind", ["feature.used", "product.printed", "post.was_voted", "answer.was_accepted"])
def test_what_the_product_reports_or_others_do_is_no_part_of_a_visit(kind: str) -> None:
    rows = [("search.performed", 0), (kind, 25 * MINUTE), ("search.performed", 50 * MINUTE)]
    assert [len(session.events) for session in sessions_of(*day(*rows))] == [1, 1]


def test_each_person_has_sessions_of_their_own() -> None:
    one = event(1, "search.performed", 0, person="user:1")
    other = event(2, "search.performed", 10, person="visitor:ab")
    assert [session.person for session in sessions_of(other, one)] == ["user:1", "visitor:ab"]


def test_a_session_belongs_to_the_account_that_its_events_name() -> None:
    before = event(1, "search.performed", 0)
    signed_in = Event(
        id=2, kind="article.viewed", occurred_at=MONDAY + timedelta(seconds=9), person="user:1", account_id=7
    )
    assert sessions_of(before, signed_in)[0].account_id == 7
    assert sessions_of(before)[0].account_id is None


def outcome(*rows: tuple[str, float], as_of: datetime = LATER) -> Outcome:
    """Return the outcome of the first session."""
    return help_sessions(day(*rows), as_of=as_of)[0].outcome


@pytest.mark.parametrize("kind", ["question.asked", "request.opened"])
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(60, Outcome.ESCALATED), (72 * HOUR, Outcome.ESCALATED), (72 * HOUR + 1, Outcome.ABANDONED)],
)
def test_a_question_or_request_within_72_hours_escalates(
    kind: str, seconds: float, expected: Outcome
) -> None:
    assert outcome(("search.performed", 0), (kind, seconds)) is expected


def test_the_72_hours_begin_at_the_end_of_the_session() -> None:
    rows = [("search.performed", 0), ("search.performed", 20 * MINUTE), ("request.opened", 72.2 * HOUR)]
    assert outcome(*rows) is Outcome.ESCALATED


def test_a_question_in_the_middle_of_the_session_escalates_it() -> None:
    rows = [("search.performed", 0), ("question.asked", 60), ("post.voted", 90)]
    assert outcome(*rows) is Outcome.ESCALATED


def test_a_question_before_the_session_does_not_escalate_it() -> None:
    rows = [("question.asked", 0), ("search.performed", 60)]
    assert outcome(*rows) is Outcome.ABANDONED


def test_another_persons_request_does_not_escalate() -> None:
    mine, other = event(1, "search.performed", 0), event(2, "request.opened", 60, person="user:2")
    assert sessions_of(mine, other)[0].outcome is Outcome.ABANDONED


def test_a_question_asked_all_the_same_was_not_saved() -> None:
    rows = [("ask_form.opened", 0), ("suggestion.resolved", 20), ("question.asked", 60)]
    assert outcome(*rows) is Outcome.ESCALATED


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("article.voted", {"helpful": True}, Outcome.RESOLVED_EXPLICIT),
        ("article.voted", {"helpful": False}, Outcome.ABANDONED),
        ("article.voted", {}, Outcome.ABANDONED),
        ("suggestion.resolved", {}, Outcome.RESOLVED_EXPLICIT),
        ("answer.accepted", {}, Outcome.RESOLVED_EXPLICIT),
        ("answer.accepted", {"by_asker": True}, Outcome.RESOLVED_EXPLICIT),
        ("answer.accepted", {"by_asker": False}, Outcome.ABANDONED),
        ("suggestion.shown", {}, Outcome.ABANDONED),
    ],
)
def test_what_counts_as_saying_that_it_helped(kind: str, data: dict[str, object], expected: Outcome) -> None:
    search, said = event(1, "search.performed", 0), replace(event(2, kind, 5), data=data)
    assert sessions_of(search, said)[0].outcome is expected


@pytest.mark.parametrize(
    "kind",
    ["article.viewed", "topic.viewed", "search.result_opened", "suggestion.opened", "assistant.answered"],
)
@pytest.mark.parametrize(("seconds", "expected"), [(9.9, Outcome.ABANDONED), (10, Outcome.RESOLVED_IMPLICIT)])
def test_what_stayed_open_for_ten_seconds_resolved(kind: str, seconds: float, expected: Outcome) -> None:
    assert outcome(("search.performed", 0), (kind, 5), ("search.performed", 5 + seconds)) is expected


def test_time_spent_on_the_results_resolves_nothing() -> None:
    assert outcome(("search.performed", 0), ("search.performed", 60)) is Outcome.ABANDONED


def test_of_the_last_page_only_its_own_word_counts() -> None:
    assert outcome(("article.viewed", 0), ("search.performed", 2 * HOUR)) is Outcome.ABANDONED
    assert outcome(("article.viewed", 0), ("article.read", 10)) is Outcome.RESOLVED_IMPLICIT


def test_reading_on_what_was_opened_before_the_session_resolves_nothing() -> None:
    rows = [("topic.viewed", 0), ("search.performed", 5), ("topic.read", 10)]
    assert outcome(*rows) is Outcome.ABANDONED


@pytest.mark.parametrize("then", ["request.opened", "suggestion.resolved", "article.read", "post.voted"])
def test_a_session_is_pending_until_72_hours_have_passed_whatever_is_known(then: str) -> None:
    rows = [("article.viewed", 0), (then, 5)]
    end = MONDAY + timedelta(seconds=5)
    assert outcome(*rows, as_of=end + timedelta(hours=72, seconds=-1)) is Outcome.PENDING
    assert outcome(*rows, as_of=end + timedelta(hours=72)) is not Outcome.PENDING


# From here on: the definitions once more, word by word and slowly.
LOOKS_FOR_HELP = (
    "search.performed",
    "article.viewed",
    "assistant.asked",
    "ask_form.opened",
    "contact_form.opened",
)


def seconds(earlier: Event, later: Event) -> float:
    return (later.occurred_at - earlier.occurred_at).total_seconds()


def beginning(row: Event, known: list[Event]) -> Event | None:
    """Return the first event of the session that an event belongs to."""
    last = max(
        (e for e in known if e.person == row.person and (e.occurred_at, e.id) < (row.occurred_at, row.id)),
        key=lambda e: (e.occurred_at, e.id),
        default=None,
    )
    if last and seconds(last, row) <= 1800 and (first := beginning(last, known)):
        return first
    return row if row.kind in LOOKS_FOR_HELP else None


def helped(row: Event) -> bool:
    return (
        row.kind == "suggestion.resolved"
        or (row.kind == "article.voted" and row.data.get("helpful", False) is True)
        or (row.kind == "answer.accepted" and row.data.get("by_asker", True) is True)
    )


def read(place: int, rows: list[Event]) -> bool:
    row, later = rows[place], rows[place + 1 :]
    if not row.kind.endswith((".viewed", ".result_opened", "suggestion.opened", "assistant.answered")):
        return False
    said = [other for other in rows if other.kind.endswith(".read") and other.subject == row.subject]
    return bool(said) or (bool(later) and seconds(row, later[0]) >= 10)


def expected_outcome(rows: list[Event], known: list[Event], as_of: datetime) -> str:
    if as_of - rows[-1].occurred_at < timedelta(days=3):
        return "pending"
    asked = [
        e for e in known if e.kind in ("question.asked", "request.opened") and e.person == rows[0].person
    ]
    if [e for e in asked if seconds(rows[0], e) >= 0 and seconds(rows[-1], e) <= 3 * 24 * HOUR]:
        return "escalated"
    if [e for e in rows if helped(e)]:
        return "resolved_explicit"
    return "resolved_implicit" if [n for n in range(len(rows)) if read(n, rows)] else "abandoned"


def recounted(events: list[Event], as_of: datetime) -> dict[tuple[int, ...], str]:
    elsewhere = ("feature.used", "product.printed", "answer.was_accepted")
    known = [row for row in events if row.occurred_at <= as_of and row.kind not in elsewhere]
    sessions: dict[int, list[Event]] = {}
    for row in known:
        if first := beginning(row, known):
            sessions.setdefault(first.id, []).append(row)
    return {tuple(e.id for e in rows): expected_outcome(rows, known, as_of) for rows in sessions.values()}


@given(ledgers, st.integers(0, 30 * 24))
def test_sessions_and_outcomes_are_what_a_slow_recount_gives(events: list[Event], hours: int) -> None:
    as_of = MONDAY + timedelta(hours=hours)
    found = help_sessions(events, as_of=as_of)
    assert {tuple(row.id for row in session.events): session.outcome.value for session in found} == recounted(
        events, as_of
    )


@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_the_events_does_not_matter(events: list[Event], random: Random) -> None:
    shuffled = random.sample(events, k=len(events))
    assert help_sessions(shuffled, as_of=LATER) == help_sessions(events, as_of=LATER)
