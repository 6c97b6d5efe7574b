"""Weights learned from outcomes: what was planted is found, what is no good is left out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize

from portal.core.errors import InvalidError
from portal.health.model import Measure, Model, load, shipped
from portal.health.validation.cases import Asked, Case
from portal.health.validation.fitting import Dropped, Sheet, fit, time_ordered_folds
from portal.health.validation.leaks import find_leaks
from portal.health.validation.model_files import to_toml
from portal.health.validation.report import make_report
from portal.health.validation.rules import Numbers, logistic
from tests.health.evidence import component, model, models
from tests.health.validation.histories import DECOYS, cases_of, counted, decoys


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return cases_of(decoys(), 30, 60, 90)


def test_the_cause_is_kept_the_popular_dropped_and_the_leak_flagged(cases: list[Case]) -> None:
    found = fit(DECOYS, cases, version="learnt", on="decoys", leaks=find_leaks(DECOYS, cases))

    assert found.weights["honest.cause"] > 1
    assert found.dropped["leaky.leak"] is Dropped.LEAK
    assert found.dropped["honest.popular"] in {Dropped.TELLS_NOTHING, Dropped.WRONG_SIGN}
    (side,) = found.model.components
    assert [each.name for each in side.features] == ["cause"]
    assert found.auc > 0.65


def test_the_report_ranks_the_leak_and_warns_of_it(cases: list[Case]) -> None:
    report = make_report(DECOYS, cases, source="decoys", asked=Asked.BEFORE, by_sign_in=False)

    for horizon in report.horizons:
        by_name = {each.feature: each for each in horizon.features}
        assert by_name["leaky.leak"].leak == "recorded_late"
        assert by_name["honest.cause"].leak is None
        popular = by_name["honest.popular"].auc
        assert popular.low is not None
        assert popular.high is not None
        assert popular.low < 0.5 < popular.high


def test_a_fitted_model_says_what_it_was_fitted_on_and_reads_back_the_same(cases: list[Case]) -> None:
    found = fit(DECOYS, cases, version="learnt", on="decoys").model

    assert load(to_toml(found, remarks="Made by a test.\nTwo lines.")) == found
    assert found.fitted is not None
    assert (found.fitted.on, found.fitted.accounts) == ("decoys", 600)
    assert found.fitted.until == max(case.as_of for case in cases)
    assert 0 < found.watch_from < found.healthy_from <= 100
    assert sum(side.weight for side in found.components) == pytest.approx(100, abs=0.3)


@pytest.mark.parametrize("version", ["v1", "milestones"])
def test_shipped_models_read_back_the_same(version: str) -> None:
    assert load(to_toml(shipped(version))) == shipped(version)


@given(models(*Measure))
@settings(max_examples=50)
def test_any_model_reads_back_the_same(model: Model) -> None:
    assert load(to_toml(model)) == model


def test_what_speaks_against_itself_has_no_weight(cases: list[Case]) -> None:
    turned = [
        _with(case, {name: None if value is None else 1 - value for name, value in case.values.items()})
        for case in cases
    ]

    with pytest.raises(InvalidError, match="No feature"):
        fit(DECOYS, turned, version="learnt", on="decoys")


def _with(case: Case, values: dict[str, float | None]) -> Case:
    return replace(case, values=values)


def test_what_turns_round_beside_a_better_feature_has_no_weight(cases: list[Case]) -> None:
    """The second feature is good alone, but beside the first it says how much of that is chance."""
    generator = np.random.default_rng(2)
    overlapping = []
    for case in cases:
        good, chance = 0.0 if case.is_lost else 1.0, generator.normal()
        first, second = (logistic(np.array([part * good + chance]))[0] for part in (1.5, 0.5))
        values = {"honest.cause": float(first), "honest.popular": float(second), "leaky.leak": None}
        overlapping.append(replace(case, values=values))

    found = fit(DECOYS, overlapping, version="learnt", on="decoys")

    assert found.dropped["honest.popular"] is Dropped.WRONG_SIGN
    assert min(found.weights.values()) == 0 < found.weights["honest.cause"]


def test_too_few_to_fit_on_are_refused() -> None:
    with pytest.raises(InvalidError, match="Too few"):
        fit(DECOYS, cases_of(decoys(40), 30), version="learnt", on="decoys")


def test_points_are_those_of_the_score(cases: list[Case]) -> None:
    sheet = Sheet(DECOYS, cases)
    # Each component weighs 1 in the model, and so do the features within it.
    points = sheet.points(np.array([0.5, 0.5, 1.0]))

    assert points * 100 == pytest.approx([case.points for case in cases], abs=0.02)


def test_what_is_missing_is_filled_with_the_rest(cases: list[Case]) -> None:
    sheet = Sheet(DECOYS, cases)
    weights = np.array([0.5, 0.5, 1.0])
    before = sheet.points(weights)

    sheet.values = sheet.filled(weights)

    assert not np.isnan(sheet.values).any()
    assert sheet.points(weights) == pytest.approx(before)


def test_tests_are_on_other_accounts_when_what_is_learnt_was_known(cases: list[Case]) -> None:
    folds = time_ordered_folds(cases)

    assert len(folds) >= 3
    for learn, test in folds:
        assert max(cases[place].known_on for place in learn) < min(cases[place].as_of for place in test)
        assert not {cases[place].account for place in learn} & {cases[place].account for place in test}


def test_cases_of_one_day_are_dealt_by_account() -> None:
    one_day = [_on(case, date(2025, 1, 1)) for case in cases_of(decoys(200), 30)]

    folds = time_ordered_folds(one_day)

    assert len(folds) == 5
    assert sorted(place for _learn, test in folds for place in test) == list(range(200))


def _on(case: Case, day: date) -> Case:
    return replace(case, as_of=day)


def test_the_weights_are_the_best_that_are_not_negative(cases: list[Case]) -> None:
    """Compare with a bounded optimiser on the same penalised likelihood."""
    found = fit(DECOYS, cases, version="learnt", on="decoys", leaks=["leaky.leak"])
    sheet = Sheet(DECOYS, cases)
    table = sheet.filled(np.array([found.weights[name] for name in sheet.names]))[:, :1]
    design = np.hstack([table, sheet.offsets * 10])

    def loss(line: Numbers) -> float:
        odds = design @ line
        fit_part = np.logaddexp(0, np.where(sheet.lost, odds, -odds)).sum()
        return float(found.strength * fit_part + line @ line / 2)

    best = minimize(loss, np.zeros(4), bounds=[(0, None), *[(None, None)] * 3], method="L-BFGS-B").x

    assert found.weights["honest.cause"] == pytest.approx(best[0], rel=0.01)


def test_noise_reaches_no_figure_by_being_chosen_on_what_is_tested() -> None:
    """Of 400 features without meaning the luckiest would look good where they were chosen."""
    generator = np.random.default_rng(11)
    noise = [counted(f"product.n{number}", f"n{number}") for number in range(400)]
    of = model(component(*noise, name="noise"))
    of_chance = [
        _with(case, {f"noise.n{number}": float(value) for number, value in enumerate(generator.random(400))})
        for case in cases_of(decoys(200), 30)
    ]

    found = fit(of, of_chance, version="learnt", on="noise")

    assert len(found.dropped) < 400
    assert 0.35 < found.auc < 0.62
