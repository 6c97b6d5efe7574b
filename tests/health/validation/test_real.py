"""Real histories: what the scores of earlier cohorts teach holds for later ones."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bench import backtest
from bench.onboarding import DATA
from portal.health.cli import health

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/events"),
]
REFERENCES = {30: 0.642, 60: 0.656, 90: 0.656}

Run = Callable[..., Any]


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*words: object) -> Any:
        result = app.test_cli_runner().invoke(health, ["backtest", *map(str, words), "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return invoke


def fit_on_2013(run: Run, folder: Path, model: str) -> Any:
    words = ["--model", model, "--as-of-day", "30,60,90", "--train", "2013B,2013J", "--test", "2014B"]
    return run(folder, *words, "--fit", folder / "learnt.toml")["fitted"]["horizons"]


def test_contributors_who_stay_are_told_from_those_who_go(run: Run, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    backtest.write_sumo(before, asked_on=date(2019, 11, 30), gone_from=date(2020, 1, 1))
    backtest.write_sumo(after, asked_on=date(2020, 1, 31), gone_from=date(2020, 3, 1))
    learnt = tmp_path / "learnt.toml"
    run(before, "--as-of", "2019-11-30", "--train", "2019-11", "--fit", learnt)

    (found,) = run(after, "--as-of", "2020-01-31", "--model", learnt)["report"]["horizons"]

    assert (found["cases"], found["lost"]) == (600, 538)
    assert found["auc"]["value"] > 0.846
    assert found["auc"]["value"] > found["baseline"]["value"]


def test_one_course_teaches_about_the_same_course_later(run: Run, tmp_path: Path) -> None:
    backtest.write_oulad(tmp_path, modules={"DDD"})

    for found in fit_on_2013(run, tmp_path, "milestones"):
        assert found["auc"]["low"] > found["baseline"]["value"]


def test_files_and_a_sites_own_ledger_give_the_same(app: Flask, run: Run, tmp_path: Path) -> None:
    backtest.write_oulad(tmp_path, modules={"AAA"})
    words = ("--model", "milestones", "--as-of-day")
    in_files = run(tmp_path, *words, "30,60,90")["report"]["horizons"]

    for command in backtest.write_site(tmp_path, modules={"AAA"}):
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
    own = run(*words, "60,90,120")["report"]["horizons"]  # Accounts of the site start 30 days earlier.

    assert [found["days"] for found in own] == [60, 90, 120]
    for name in ("cases", "lost", "auc", "features"):
        assert [found[name] for found in own] == [found[name] for found in in_files]


@pytest.mark.whole
def test_courses_of_2013_teach_more_than_the_references_about_2014(run: Run, tmp_path: Path) -> None:
    backtest.write_oulad(tmp_path)

    for found in fit_on_2013(run, tmp_path, "milestones"):
        assert found["auc"]["value"] > REFERENCES[found["days"]]
        assert found["gain"]["low"] > 0


@pytest.mark.whole
def test_the_default_model_beats_the_baseline_once_it_is_fitted(run: Run, tmp_path: Path) -> None:
    backtest.write_oulad(tmp_path)

    for found in fit_on_2013(run, tmp_path, "v1"):
        assert found["gain"]["low"] > 0
