"""Which searches are one burst of typing, and that every figure of searches counts it once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.insights import rules
from portal.insights.gaps import find_gaps
from portal.insights.help_sessions import Event
from tests.insights.ledger import MONDAY, event, ledgers, sessions_of


def search(number: int, seconds: float, query: str, results: int = 3) -> Event:
    return event(number, "search.performed", seconds, query=query, results=results)


def counted(*events: Event) -> list[int]:
    return [found.id for session in sessions_of(*events) for found in session.searches]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("print", "print labels"),
        ("la", "labels"),
        ("Labels", "labels"),
        ("ラベ", "ラベル 印刷"),
        ("ﾗﾍﾞ", "ラベル"),
        ("print  la", "print la"),
    ],
)
def test_what_is_typed_on_is_one_search(first: str, second: str) -> None:
    assert counted(search(1, 0, first), search(2, 30, second)) == [2]
    assert counted(search(1, 0, first), search(2, 30.1, second)) == [1, 2]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("print labels", "print"),
        ("lables", "labels"),
        ("print labels", "labels"),
        ("tags", "labels"),
        ("", "labels"),
        ("ラベル", "荷札"),
    ],
)
def test_other_words_fewer_words_and_a_slip_mended_are_other_searches(first: str, second: str) -> None:
    assert counted(search(1, 0, first), search(2, 5, second)) == [1, 2]


def test_a_burst_goes_on_as_long_as_each_search_follows_within_half_a_minute() -> None:
    burst = [search(n, 25 * n, "print labels"[: n + 1]) for n in range(1, 8)]

    assert counted(*burst) == [7]


@pytest.mark.parametrize("between", ["search.result_opened", "article.viewed", "ask_form.opened"])
def test_whoever_did_something_else_in_between_was_not_typing(between: str) -> None:
    assert counted(search(1, 0, "la"), event(2, between, 5), search(3, 9, "labels")) == [1, 3]


def test_another_person_types_another_search() -> None:
    other = event(2, "search.performed", 5, person="user:2", query="labels")

    assert counted(search(1, 0, "la"), other) == [1, 2]


def test_every_figure_counts_a_burst_once() -> None:
    sessions = sessions_of(
        search(1, 0, "l", 0),
        search(2, 2, "la", 0),
        search(3, 4, "labels", 3),
        event(4, "search.result_opened", 9, rank=2),
        search(5, 100, "xy", 0),
        search(6, 101, "xyz", 0),
    )

    assert rules.search_success(sessions) == rules.Counted(numerator_ids=(3,), denominator_ids=(3, 6))
    assert rules.zero_result_rate(sessions).numerator_ids == (6,)
    assert rules.refinement_rate(sessions).numerator_ids == ()
    assert rules.mean_reciprocal_click_rank(sessions) == rules.Mean(value=0.5, ids=(3,))
    assert [gap.queries for gap in find_gaps(sessions, [], since=MONDAY)] == [(("xyz", 1),)]
    assert [len(session.events) for session in sessions] == [6]


def test_a_title_suggested_while_typing_is_no_result_of_the_search_before() -> None:
    sessions = sessions_of(search(1, 0, "tags"), event(2, "search.result_opened", 5, rank=1, suggested=True))

    assert rules.search_success(sessions).numerator_ids == ()
    assert rules.mean_reciprocal_click_rank(sessions).value is None


@given(ledgers, st.lists(st.sampled_from(["p", "pr", "print", "Print", "labels"]), min_size=14, max_size=14))
def test_of_each_run_of_typing_exactly_the_last_counts(events: list[Event], texts: list[str]) -> None:
    for row, text in zip(events, texts, strict=False):
        if row.kind == "search.performed":
            row.data["query"] = text  # type: ignore[index]  # A plain dictionary.
    for session in sessions_of(*events):
        expected = []
        for place, row in enumerate(session.events):
            after = session.events[place + 1] if place + 1 < len(session.events) else None
            goes_on = (
                after is not None
                and after.kind == "search.performed"
                and (after.occurred_at - row.occurred_at).total_seconds() <= 30
                and str(after.data["query"]).lower().startswith(str(row.data.get("query")).lower())
            )
            if row.kind == "search.performed" and not goes_on:
                expected.append(row.id)
        assert [found.id for found in session.searches] == expected
