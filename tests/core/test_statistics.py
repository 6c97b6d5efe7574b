"""The intervals against worked examples from the literature, and against their definitions."""

from fractions import Fraction
from math import comb
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.core.statistics import (
    Interval,
    Rate,
    kaplan_meier,
    newcombe_interval,
    wilson_interval,
    wilson_lower_bound,
)

Z = NormalDist().inv_cdf(0.975)
rates = st.integers(1, 400).flatmap(lambda trials: st.builds(Rate, st.integers(0, trials), st.just(trials)))
waits = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=25)


def rounded(interval: Interval) -> tuple[float, float]:
    return round(interval.low, 4), round(interval.high, 4)


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_gives_the_figures_of_newcombes_table_of_seven_methods(
    successes: int, trials: int, expected: tuple[float, float]
) -> None:
    assert rounded(wilson_interval(successes, trials)) == expected


@given(rates, st.floats(0.001, 0.999))
def test_wilson_holds_exactly_the_proportions_that_the_score_test_accepts(rate: Rate, truth: float) -> None:
    interval = wilson_interval(rate.numerator, rate.denominator)
    distance = abs(rate.numerator / rate.denominator - truth)
    limit = Z * (truth * (1 - truth) / rate.denominator) ** 0.5
    assume(abs(distance - limit) > 1e-9)
    assert (interval.low <= truth <= interval.high) == (distance < limit)


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    trials = 30
    intervals = [wilson_interval(successes, trials) for successes in range(trials + 1)]

    def coverage(truth: float) -> float:
        return sum(
            comb(trials, k) * truth**k * (1 - truth) ** (trials - k)
            for k, interval in enumerate(intervals)
            if interval.low <= truth <= interval.high
        )

    truths = [(step + 0.5) / 500 for step in range(500)]
    assert sum(map(coverage, truths)) / len(truths) == pytest.approx(0.95, abs=0.005)


@given(rates)
def test_wilson_treats_successes_and_failures_alike(rate: Rate) -> None:
    direct = wilson_interval(rate.numerator, rate.denominator)
    mirrored = wilson_interval(rate.denominator - rate.numerator, rate.denominator)
    assert direct.low == pytest.approx(1 - mirrored.high)
    assert 0 <= direct.low <= rate.numerator / rate.denominator <= direct.high <= 1


@given(rates)
def test_more_confidence_needs_more_room(rate: Rate) -> None:
    narrow = wilson_interval(rate.numerator, rate.denominator, confidence=0.8)
    wide = wilson_interval(rate.numerator, rate.denominator, confidence=0.99)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


def test_without_trials_nothing_is_known() -> None:
    assert wilson_interval(0, 0) == Interval(low=0.0, high=1.0)
    assert wilson_lower_bound(0, 0) == 0.0


def test_one_helpful_vote_does_not_beat_ninety_five_of_a_hundred() -> None:
    assert wilson_lower_bound(1, 1) < wilson_lower_bound(95, 100) < wilson_lower_bound(950, 1000)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (Rate(56, 70), Rate(48, 80), (0.0524, 0.3339)),
        (Rate(9, 10), Rate(3, 10), (0.1705, 0.8090)),
        (Rate(6, 7), Rate(2, 7), (0.0582, 0.8062)),
        (Rate(5, 56), Rate(0, 29), (-0.0381, 0.1926)),
        (Rate(0, 10), Rate(0, 20), (-0.1611, 0.2775)),
        (Rate(0, 10), Rate(0, 10), (-0.2775, 0.2775)),
        (Rate(10, 10), Rate(0, 20), (0.6791, 1.0)),
        (Rate(10, 10), Rate(0, 10), (0.6075, 1.0)),
    ],
)
def test_newcombe_gives_the_figures_of_method_ten(
    first: Rate, second: Rate, expected: tuple[float, float]
) -> None:
    assert rounded(newcombe_interval(first, second)) == expected


@given(rates, rates)
def test_newcombe_turns_round_with_its_arguments(first: Rate, second: Rate) -> None:
    there, back = newcombe_interval(first, second), newcombe_interval(second, first)
    assert there.low == pytest.approx(-back.high)
    assert -1 - 1e-12 <= there.low <= there.high <= 1 + 1e-12


def test_newcombe_knows_nothing_when_one_side_was_never_tried() -> None:
    assert newcombe_interval(Rate(3, 9), Rate(0, 0)) == Interval(low=-1.0, high=1.0)


def test_a_rate_carries_its_share_interval_and_whether_to_show_it() -> None:
    rate = Rate(15, 148)
    assert rate.share == pytest.approx(0.10135, abs=1e-5)
    assert rate.interval == wilson_interval(15, 148)
    assert not rate.too_few


@pytest.mark.parametrize(("cases", "too_few"), [(0, True), (19, True), (20, False)])
def test_a_rate_of_fewer_than_twenty_cases_is_too_few_to_tell(cases: int, too_few: bool) -> None:  # noqa: FBT001
    assert Rate(0, cases).too_few is too_few


def test_a_rate_without_cases_has_no_share() -> None:
    assert Rate(0, 0).share is None


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 4)])
def test_a_rate_counts_some_of_its_cases(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        Rate(numerator, denominator)


def times(text: str) -> tuple[list[float], list[bool]]:
    """Read waiting times; a plus sign marks one that was still going on."""
    words = text.split()
    return [float(word.rstrip("+")) for word in words], [not word.endswith("+") for word in words]


SIX_MP = times("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")
PLACEBO = times("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")


def test_kaplan_meier_gives_freireichs_remission_times() -> None:
    steps = kaplan_meier(*SIX_MP).steps
    shown = [
        (
            step.time,
            step.at_risk,
            round(step.survival, 4),
            round(step.survival * step.variance_of_log**0.5, 4),
        )
        for step in steps
    ]
    assert shown == [
        (6, 21, 0.8571, 0.0764),
        (7, 17, 0.8067, 0.0869),
        (10, 15, 0.7529, 0.0963),
        (13, 12, 0.6902, 0.1068),
        (16, 11, 0.6275, 0.1141),
        (22, 7, 0.5378, 0.1282),
        (23, 6, 0.4482, 0.1346),
    ]


def test_the_median_of_freireichs_treated_patients_has_no_upper_limit() -> None:
    median = kaplan_meier(*SIX_MP).quantile(0.5)
    assert (median.value, median.low, median.high) == (23, 13, None)


def test_the_median_of_freireichs_untreated_patients() -> None:
    median = kaplan_meier(*PLACEBO).quantile(0.5)
    assert (median.value, median.low, median.high) == (8, 4, 11)


def test_a_quantile_that_too_few_reached_is_unknown() -> None:
    curve = kaplan_meier(*SIX_MP)
    assert curve.median == 23
    assert curve.quantile(0.9).value is None


def test_no_wait_at_all_gives_no_figure() -> None:
    curve = kaplan_meier([], [])
    assert curve.steps == ()
    assert curve.median is None


def test_a_half_reached_by_inexact_products_still_counts_as_a_half() -> None:
    assert kaplan_meier(range(1, 11), [True] * 10).quantile(0.9).value == 9


def test_durations_without_their_outcome_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        kaplan_meier([1.0, 2.0], [True])


def mass_moved_to_the_right(waits: list[tuple[int, bool]]) -> dict[int, Fraction]:
    """Survival by Efron's construction: each censored case hands its weight to those watched longer."""
    if not waits:
        return {}
    order = sorted(waits, key=lambda wait: (wait[0], not wait[1]))
    weights = [Fraction(1, len(order))] * len(order)
    for place, (_, happened) in enumerate(order):
        if not happened and (later := len(order) - place - 1):
            share = weights[place] / later
            weights[place:] = [Fraction(0), *(weight + share for weight in weights[place + 1 :])]
    return {
        time: 1
        - sum((w for w, (t, seen) in zip(weights, order, strict=True) if seen and t <= time), Fraction(0))
        for time, happened in order
        if happened
    }


@given(waits)
def test_kaplan_meier_is_the_mass_moved_to_the_right(waits: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([time for time, _ in waits], [happened for _, happened in waits])
    expected = mass_moved_to_the_right(waits)
    assert [step.time for step in curve.steps] == sorted(expected)
    for step in curve.steps:
        assert step.survival == pytest.approx(float(expected[int(step.time)]), abs=1e-12)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_without_censoring_a_quantile_is_that_of_the_sorted_list(durations: list[int], share: float) -> None:
    needed = share * len(durations)
    assume(abs(needed - round(needed)) > 1e-6)
    curve = kaplan_meier(durations, [True] * len(durations))
    assert curve.quantile(share).value == sorted(durations)[int(needed)]


@given(waits, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_does_not_matter(waits: list[tuple[int, bool]], random: Random) -> None:
    shuffled = sorted(waits, key=lambda _: random.random())
    assert kaplan_meier(*split(waits)) == kaplan_meier(*split(shuffled))


@given(waits, st.floats(0.05, 0.95))
def test_an_interval_lies_around_its_quantile(waits: list[tuple[int, bool]], share: float) -> None:
    quantile = kaplan_meier(*split(waits)).quantile(share)
    never = float("inf")
    low, value, high = (
        never if end is None else end for end in (quantile.low, quantile.value, quantile.high)
    )
    assert low <= value <= high


def split(waits: list[tuple[int, bool]]) -> tuple[list[int], list[bool]]:
    return [time for time, _ in waits], [happened for _, happened in waits]
