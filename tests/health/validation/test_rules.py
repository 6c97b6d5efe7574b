"""The statistics of validations, against brute force and other people's code."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from portal.core.statistics import Rate
from portal.health.validation import rules
from portal.health.validation.rules import Flags, Numbers


def sample(size: int, *, strength: float = 1.0, seed: int = 7, rate: float = 0.3) -> tuple[Numbers, Flags]:
    """Make cases whose risk rises with their being lost."""
    generator = np.random.default_rng(seed)
    lost = generator.random(size) < rate
    return generator.normal(size=size) + strength * lost, lost


def pairs(risks: Numbers, lost: Flags) -> float:
    """Compare every lost case with every kept one."""
    ahead = np.subtract.outer(risks[lost], risks[~lost])
    return float(np.mean((ahead > 0) + (ahead == 0) / 2))


cases = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({lost for _risk, lost in rows}) == 2
)


def arrays(rows: list[tuple[int, bool]]) -> tuple[Numbers, Flags]:
    return np.array([float(risk) for risk, _lost in rows]), np.array([lost for _risk, lost in rows])


@given(cases)
def test_the_auc_is_the_share_of_pairs_that_are_told_apart(rows: list[tuple[int, bool]]) -> None:
    risks, lost = arrays(rows)

    assert rules.auc(risks, lost) == pytest.approx(pairs(risks, lost))
    assert rules.auc(risks, lost) == pytest.approx(roc_auc_score(lost, risks))


@given(cases)
def test_the_auc_turns_round_with_the_risk_and_minds_only_its_order(rows: list[tuple[int, bool]]) -> None:
    risks, lost = arrays(rows)
    value = rules.auc(risks, lost)
    assert value is not None

    assert rules.auc(-risks, lost) == pytest.approx(1 - value)
    assert rules.auc(np.exp(risks), lost) == value


@pytest.mark.parametrize("lost", [[], [True, True], [False]])
def test_there_is_no_auc_of_one_outcome(lost: list[bool]) -> None:
    assert rules.auc(np.arange(float(len(lost))), np.array(lost, dtype=bool)) is None


def test_the_interval_is_that_of_resampling_by_hand() -> None:
    risks, lost = sample(150)
    accounts = np.arange(150)
    generator = np.random.default_rng(3)
    drawn = [
        pairs(risks[rows], lost[rows]) for rows in (generator.integers(0, 150, 150) for _ in range(1000))
    ]

    (estimate,), _gains = rules.aucs([risks], lost, accounts)

    assert estimate.low == pytest.approx(np.percentile(drawn, 2.5), abs=0.015)
    assert estimate.high == pytest.approx(np.percentile(drawn, 97.5), abs=0.015)


def test_the_interval_is_the_same_each_time() -> None:
    risks, lost = sample(80)

    assert rules.aucs([risks], lost, np.arange(80)) == rules.aucs([risks], lost, np.arange(80))


def test_an_interval_of_95_percent_holds_the_truth_about_95_times_of_100() -> None:
    truth = 0.7602  # Of two normal distributions that are one standard deviation apart.
    held = 0
    for seed in range(100):
        risks, lost = sample(120, seed=seed)
        (estimate,), _gains = rules.aucs([risks], lost, np.arange(120), resamples=200)
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= truth <= estimate.high

    assert 88 <= held <= 99


def test_cases_of_one_account_are_drawn_together() -> None:
    risks, lost = sample(60)
    accounts = np.arange(60)

    (alone,), _gains = rules.aucs([risks], lost, accounts)
    (together,), _gains = rules.aucs([np.tile(risks, 3)], np.tile(lost, 3), np.tile(accounts, 3))

    assert together.low == pytest.approx(alone.low)
    assert together.high == pytest.approx(alone.high)


def test_a_difference_is_paired() -> None:
    risks, lost = sample(300)
    noisy = risks + np.random.default_rng(1).normal(scale=0.05, size=300)

    (first, second), (gain,) = rules.aucs([risks, noisy], lost, np.arange(300))

    assert None not in {first.low, first.high, gain.low, gain.high}
    assert gain.value == pytest.approx((first.value or 0) - (second.value or 0))
    assert (gain.high or 0) - (gain.low or 0) < ((first.high or 0) - (first.low or 0)) / 4


def test_the_worst_tenth_is_compared_with_all() -> None:
    risks = np.arange(100.0)
    lost = np.isin(np.arange(100), [95, 96, 97, 98, 10])

    lift = rules.worst_decile(risks, lost)

    assert (lift.cases, lift.lost) == (10, 4)
    assert lift.times == pytest.approx(8.0)


def test_equal_risks_at_the_edge_of_the_tenth_count_by_their_share() -> None:
    risks, lost = np.zeros(40), np.arange(40) < 10

    lift = rules.worst_decile(risks, lost)

    assert lift.lost == pytest.approx(1.0)
    assert lift.times == pytest.approx(1.0)


def test_nobody_lost_has_no_lift() -> None:
    assert rules.worst_decile(np.arange(30.0), np.zeros(30, dtype=bool)).times is None
    assert rules.worst_decile(np.zeros(0), np.zeros(0, dtype=bool)) == rules.Lift(0, 0.0, None)


def test_chances_rise_with_the_risk_and_meet_the_share_that_was_lost() -> None:
    risks, lost = sample(3000)

    chance = rules.chances(risks, lost, np.arange(3000))

    assert chance.mean() == pytest.approx(lost.mean(), abs=0.01)
    assert np.corrcoef(chance, risks)[0, 1] > 0.9
    assert rules.brier(chance, lost) < rules.brier(np.full(3000, lost.mean()), lost)


def test_chances_come_from_other_accounts() -> None:
    risks, lost = sample(200)
    other = lost.copy()
    other[17] = not other[17]

    before, after = (rules.chances(risks, each, np.arange(200)) for each in (lost, other))

    assert before[17] == after[17]
    assert not np.array_equal(before, after)


def test_chances_stay_finite_where_nothing_overlaps() -> None:
    risks, lost = np.arange(60.0), np.arange(60) >= 30

    assert np.isfinite(rules.chances(risks, lost, np.arange(60))).all()


def test_the_brier_score_is_scikit_learns() -> None:
    risks, lost = sample(100)
    chance = rules.logistic(risks)

    assert rules.brier(chance, lost) == pytest.approx(brier_score_loss(lost, chance))


def test_bins_hold_every_case_once_and_at_least_twenty() -> None:
    risks, lost = sample(450)
    chance = rules.logistic(risks)

    bins = rules.reliability(chance, lost)

    assert sum(each.lost.denominator for each in bins) == 450
    assert sum(each.lost.numerator for each in bins) == lost.sum()
    assert len(bins) == 10
    assert min(each.lost.denominator for each in bins) >= 20
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)


def test_equal_chances_share_a_bin() -> None:
    (only,) = rules.reliability(np.full(100, 0.25), np.arange(100) < 25)

    assert only.predicted == pytest.approx(0.25)
    assert only.lost == Rate(25, 100)


@pytest.mark.parametrize(("lost", "kept", "few"), [(19, 500, True), (500, 19, True), (20, 20, False)])
def test_fewer_than_twenty_of_either_are_too_few(lost: int, kept: int, few: bool) -> None:  # noqa: FBT001
    assert rules.is_too_few(np.array([True] * lost + [False] * kept)) is few
