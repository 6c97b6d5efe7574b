"""Nothing of an account is looked at that was not known on the day of the question."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.health.validation.cases import Outcome, after_starts, before_outcomes, observe, on_day
from portal.health.validation.leaks import Leak, find_leaks
from tests.health.validation.histories import CAUSE, DECOYS, LEAK, START, cases_of, decoys, mark, past

ENDED = START + timedelta(days=200)


@given(st.lists(st.integers(-30, 59), max_size=6))
def test_what_came_after_the_day_changes_nothing(days: list[int]) -> None:
    known = [mark(CAUSE, ENDED, 70), mark(CAUSE, ENDED, 60)]
    later = [mark(CAUSE, ENDED, day) for day in days]
    (before,) = cases_of([past("a", Outcome.CHURNED, known)], 60)
    (after,) = cases_of([past("a", Outcome.CHURNED, known + later)], 60)

    assert (after.points, after.values, after.idle_days) == (before.points, before.values, before.idle_days)
    assert before.idle_days == 0


def test_accounts_that_had_left_or_not_begun_are_not_asked() -> None:
    left, stays = past("left", Outcome.CHURNED, []), past("stays", Outcome.ACTIVE, [])

    assert [each.past for each in before_outcomes([left, stays], 200)] == [left]
    assert before_outcomes([left], 201) == []
    assert [each.past.account for each in after_starts([left, stays], 199)] == ["left", "stays"]
    assert after_starts([left], 200) == []
    assert on_day([left], START - timedelta(days=1)) == []
    assert on_day([left], ENDED) == []


def test_idleness_counts_from_the_last_sign_in_where_there_are_any() -> None:
    told = [mark("user.signed_in", ENDED, 80), mark(CAUSE, ENDED, 65)]
    (question,) = before_outcomes([past("a", Outcome.CHURNED, told)], 60)

    assert observe(DECOYS, question, by_sign_in=True).idle_days == 20
    assert observe(DECOYS, question, by_sign_in=False).idle_days == 5


def test_who_was_never_heard_of_has_no_score() -> None:
    (case,) = cases_of([past("a", Outcome.CHURNED, [])], 30)

    assert (case.points, case.band, case.idle_days) == (None, None, None)
    assert set(case.values.values()) == {None}


def test_what_was_recorded_after_the_outcome_is_flagged() -> None:
    assert find_leaks(DECOYS, cases_of(decoys(), 30)) == {"leaky.leak": Leak.RECORDED_LATE}


def test_what_happens_only_after_the_outcome_is_flagged() -> None:
    pasts = [
        past(str(number), Outcome.CHURNED, [mark(CAUSE, ENDED, 40), mark(LEAK, ENDED, -2)])
        for number in range(30)
    ]

    assert find_leaks(DECOYS, cases_of(pasts, 30)) == {"leaky.leak": Leak.ONLY_AFTER}


def test_an_import_of_years_says_nothing_about_when_things_were_known() -> None:
    told = [mark(CAUSE, ENDED, 40, late=True), mark(LEAK, ENDED, 40, late=True)]
    pasts = [past(str(number), Outcome.CHURNED, told) for number in range(30)]

    assert find_leaks(DECOYS, cases_of(pasts, 30)) == {}


def test_a_handful_of_late_records_is_no_leak() -> None:
    told = [mark(CAUSE, ENDED, 40, signals=10), mark(LEAK, ENDED, 40, late=True)]
    pasts = [past(str(number), Outcome.CHURNED, told) for number in range(19)]

    assert find_leaks(DECOYS, cases_of(pasts, 30)) == {}
