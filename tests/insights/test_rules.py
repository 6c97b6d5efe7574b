"""Figures of self-service: what each counts, and against recounts that know nothing of the code's own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from portal.core.statistics import Rate
from portal.insights.help_sessions import Event, Outcome, help_sessions
from portal.insights.rules import (
    Counted,
    Ratio,
    by_outcome,
    deflection_explicit,
    deflection_implicit,
    mean_reciprocal_click_rank,
    refinement_rate,
    search_success,
    self_service_ratio,
    zero_result_rate,
)
from tests.insights.ledger import LATER, MONDAY, day, event, ledgers, sessions_of

HOUR = 3600
DAY = 24 * HOUR

# Five sessions, a week apart: each person looked for help, and something else came of it.
SOLVED_AT_THE_FORM = [
    event(1, "ask_form.opened", 0),
    event(2, "suggestion.shown", 5),
    event(3, "suggestion.resolved", 9),
]
ASKED_ALL_THE_SAME = [
    event(4, "contact_form.opened", 7 * DAY),
    event(5, "suggestion.shown", 7 * DAY + 5),
    event(6, "suggestion.resolved", 7 * DAY + 9),
    event(7, "request.opened", 7 * DAY + 40),
]
SHOWN_NOTHING = [event(8, "ask_form.opened", 14 * DAY), event(9, "suggestion.resolved", 14 * DAY + 3)]
READ = [event(10, "article.viewed", 21 * DAY), event(11, "article.read", 21 * DAY + 10)]
GAVE_UP = [event(12, "search.performed", 28 * DAY)]
EVERYTHING = [*SOLVED_AT_THE_FORM, *ASKED_ALL_THE_SAME, *SHOWN_NOTHING, *READ, *GAVE_UP]


def test_explicit_deflection_counts_only_who_meant_to_ask_and_saw_suggestions() -> None:
    assert deflection_explicit(sessions_of(*EVERYTHING)) == Counted(
        numerator_ids=(1,), denominator_ids=(1, 4)
    )


def test_implicit_deflection_counts_all_that_were_resolved() -> None:
    counted = deflection_implicit(sessions_of(*EVERYTHING))
    assert counted == Counted(numerator_ids=(1, 8, 10), denominator_ids=(1, 4, 8, 10, 12))
    assert counted.rate == Rate(3, 5)


def test_pending_sessions_are_counted_apart() -> None:
    sessions = help_sessions(EVERYTHING, as_of=MONDAY + timedelta(days=29))
    assert by_outcome(sessions) == {
        Outcome.PENDING: (12,),
        Outcome.ESCALATED: (4,),
        Outcome.RESOLVED_EXPLICIT: (1, 8),
        Outcome.RESOLVED_IMPLICIT: (10,),
        Outcome.ABANDONED: (),
    }
    assert deflection_implicit(sessions).denominator_ids == (1, 4, 8, 10)


def test_the_self_service_ratio_is_sessions_for_each_request() -> None:
    ratio = self_service_ratio(sessions_of(*EVERYTHING), EVERYTHING)
    assert ratio == Ratio(numerator_ids=(1, 4, 8, 10, 12), denominator_ids=(7,))
    assert (ratio.value, ratio.too_few) == (5, True)


def test_without_requests_there_is_no_self_service_ratio() -> None:
    assert self_service_ratio(sessions_of(*READ), READ).value is None


SEARCHES = [
    event(1, "search.performed", 0, results=0),
    event(2, "search.performed", 60, results=4),
    event(3, "search.result_opened", 70, rank=4),
    event(4, "search.result_opened", 80, rank=2),
    event(5, "search.performed", 121, results=9),
    event(6, "search.result_opened", 130, rank=1),
    event(7, "search.performed", 2 * HOUR, results=0),
]


def test_a_search_succeeds_when_a_result_is_opened_after_it_in_the_session() -> None:
    assert search_success(sessions_of(*SEARCHES)) == Counted(
        numerator_ids=(1, 2, 5), denominator_ids=(1, 2, 5, 7)
    )


def test_searches_without_results() -> None:
    assert zero_result_rate(sessions_of(*SEARCHES)).numerator_ids == (1, 7)


def test_a_search_is_refined_by_another_within_a_minute() -> None:
    assert refinement_rate(sessions_of(*SEARCHES)).numerator_ids == (1,)


def test_the_click_rank_is_of_the_best_result_opened_before_the_next_search() -> None:
    mean = mean_reciprocal_click_rank(sessions_of(*SEARCHES))
    assert (mean.value, mean.ids, mean.too_few) == ((1 / 2 + 1) / 2, (2, 5), True)


@pytest.mark.parametrize("data", [{}, {"rank": 0}, {"rank": None}])
def test_a_result_of_unknown_rank_has_no_click_rank(data: dict[str, object]) -> None:
    opened = replace(event(2, "search.result_opened", 5), data=data)
    mean = mean_reciprocal_click_rank(sessions_of(event(1, "search.performed", 0), opened))
    assert (mean.value, mean.ids) == (None, ())


def test_without_sessions_every_rate_is_of_nothing() -> None:
    for figure in (
        deflection_explicit,
        deflection_implicit,
        search_success,
        zero_result_rate,
        refinement_rate,
    ):
        assert figure([]).rate.share is None


def test_twenty_rows_are_enough() -> None:
    rows = [(kind, n * HOUR) for n in range(20) for kind in ("search.performed", "request.opened")]
    events = day(*rows)
    assert not self_service_ratio(sessions_of(*events), events).too_few


@given(ledgers)
def test_search_figures_are_what_a_slow_recount_gives(events: list[Event]) -> None:
    sessions = help_sessions(events, as_of=LATER)
    home = {row.id: session.id for session in sessions for row in session.events}
    searches = [row for row in events if row.kind == "search.performed"]

    def after(search: Event, kind: str) -> list[Event]:
        return [
            row
            for row in events
            if row.kind == kind and row.id > search.id and home.get(row.id) == home[search.id]
        ]

    succeeded = {s.id for s in searches if after(s, "search.result_opened")}
    refined = {
        s.id
        for s in searches
        for other in after(s, "search.performed")
        if (other.occurred_at - s.occurred_at).total_seconds() <= 60
    }
    assert set(search_success(sessions).numerator_ids) == succeeded
    assert set(refinement_rate(sessions).numerator_ids) == refined
    assert set(zero_result_rate(sessions).numerator_ids) == {
        s.id for s in searches if "results" in s.data and not s.data["results"]
    }
    assert sorted(search_success(sessions).denominator_ids) == [s.id for s in searches]

    best: dict[int, float] = {}
    for row in events:
        rank = row.data.get("rank")
        if row.kind == "search.result_opened" and row.id in home and isinstance(rank, int) and rank > 0:
            before = [s.id for s in searches if s.id < row.id and home[s.id] == home[row.id]]
            if before:
                best[max(before)] = max(1 / rank, best.get(max(before), 0))
    mean = mean_reciprocal_click_rank(sessions)
    assert set(mean.ids) == set(best)
    assert mean.value == (pytest.approx(sum(best.values()) / len(best)) if best else None)


@given(ledgers)
def test_explicit_deflection_is_part_of_what_there_was_to_deflect(events: list[Event]) -> None:
    sessions = help_sessions(events, as_of=LATER)
    kinds = {session.id: {row.kind for row in session.events} for session in sessions}
    counted = deflection_explicit(sessions)
    assert set(counted.numerator_ids) <= set(counted.denominator_ids)
    assert set(counted.denominator_ids) == {
        number
        for number, seen in kinds.items()
        if "suggestion.shown" in seen and ("ask_form.opened" in seen or "contact_form.opened" in seen)
    }
    assert not any(kinds[number] & {"question.asked", "request.opened"} for number in counted.numerator_ids)
    assert len(counted.numerator_ids) <= len(deflection_implicit(sessions).numerator_ids)
