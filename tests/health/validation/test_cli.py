"""`portal health backtest`."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus
from portal.accounts.outcomes import follow_churn
from portal.health.cli import health
from portal.health.model import load
from portal.health.validation import cli
from portal.health.validation.cases import Past, before_outcomes
from portal.health.validation.model_files import to_toml
from tests.factories import NOW
from tests.health.conftest import Tell, at_days_ago
from tests.health.validation.histories import DECOYS, decoys


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write the decoys as a directory, and their model."""
    write(tmp_path, decoys(400))
    (tmp_path / "model.toml").write_text(to_toml(DECOYS))
    return tmp_path


def write(folder: Path, pasts: Sequence[Past]) -> None:
    with (folder / "accounts.csv").open("w") as accounts, (folder / "events.csv").open("w") as events:
        told, did = csv.writer(accounts), csv.writer(events)
        told.writerow(["external_id", "started_on", "tier", "cohort", "outcome", "outcome_on"])
        did.writerow(["account", "kind", "on", "signals", "recorded_on"])
        for past in pasts:
            told.writerow(
                [past.account, past.started_on, past.tier, past.cohort, past.outcome.value, past.outcome_on]
            )
            for mark in past.history.marks():
                did.writerow([past.account, mark.kind, mark.day, mark.signals, mark.recorded_on])


def run(app: Flask, *words: object) -> Result:
    return app.test_cli_runner().invoke(health, ["backtest", *map(str, words)])


def test_a_directory_is_reported_on_with_intervals_and_warnings(app: Flask, folder: Path) -> None:
    result = run(app, folder, "--model", folder / "model.toml", "--horizon", "30,90")

    assert result.exit_code == 0, result.output
    assert "30 days before the outcome: 400 accounts" in result.output
    assert "AUC " in result.output
    assert "LEAK? recorded_late" in result.output
    assert "an association" in result.output
    assert "60 days" not in result.output


def test_fitting_writes_a_model_that_is_tested_on_later_accounts(app: Flask, folder: Path) -> None:
    target = folder / "learnt.toml"
    words = [
        folder,
        "--model",
        folder / "model.toml",
        "--train",
        "2024",
        "--test",
        "2025",
        "--fit",
        target,
        "--json",
    ]

    told = json.loads(run(app, *words).output)

    model = load(target.read_text())
    assert model.fitted is not None
    assert model.fitted.on == f"{folder.name}: 2024"
    assert [side.name for side in model.components] == ["honest"]
    given, fitted = told["report"]["horizons"][0], told["fitted"]["horizons"][0]
    assert given["cases"] == fitted["cases"] < 400
    assert fitted["auc"]["value"] > fitted["baseline"]["value"]


def test_without_cohorts_the_older_part_teaches(app: Flask, folder: Path) -> None:
    words = [folder, "--model", folder / "model.toml", "--fit", folder / "learnt.toml", "--json"]

    told = json.loads(run(app, *words).output)

    assert 0 < told["fitted"]["horizons"][0]["cases"] < 200


@pytest.mark.parametrize("test", [None, ["2025"]])
def test_only_what_was_known_before_the_first_day_that_is_reported_on_teaches(test: list[str] | None) -> None:
    pasts = decoys(400)
    questions = [question for days in (30, 90) for question in before_outcomes(pasts, days)]

    learnt, asked = cli._split(questions, None, test, fits=True)

    assert max(each.known_on for each in learnt) < min(each.as_of for each in asked)
    assert len(learnt) > 100 < len(asked)
    assert not {each.past.account for each in learnt} & {each.past.account for each in asked}
    assert cli._split(questions, None, test, fits=False)[0] == []


def test_all_may_teach_and_then_none_is_reported_on(app: Flask, folder: Path) -> None:
    target = folder / "learnt.toml"

    result = run(app, folder, "--model", folder / "model.toml", "--train", "20", "--fit", target)

    assert result.exit_code == 0, result.output
    assert "honest.popular: left out" in result.output
    assert "AUC" not in result.output
    assert load(target.read_text()).fitted is not None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--horizon", "soon"], "whole numbers of days"),
        (["--horizon", "30", "--as-of-day", "30"], "give one of"),
        (["--train", "2024"], "give --fit too"),
        (["--model", "v99"], "no scoring model called v99"),
        (["--as-of", "1999-01-01"], "no account to ask about"),
    ],
)
def test_what_cannot_be_asked_is_explained(app: Flask, folder: Path, words: list[str], message: str) -> None:
    result = run(app, folder, *words)

    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_own_history_with_too_few_outcomes_says_so(
    app: Flask, session: Session, busy: Account, tell: Tell
) -> None:
    busy.status, busy.churned_on = AccountStatus.CHURNED, at_days_ago(1).date()
    busy.started_on = at_days_ago(300).date()
    follow_churn(session, busy)
    session.commit()

    result = run(app, "--as-of-day", "200,290", "--json")

    (first, second) = json.loads(result.output)["report"]["horizons"]
    assert (first["cases"], first["lost"], first["auc"]["value"]) == (1, 1, None)
    assert second["cases"] == 1
    assert "too few to tell" in run(app, "--as-of-day", "200").output
