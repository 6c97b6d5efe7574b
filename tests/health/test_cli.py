"""`portal health`."""

import json

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.health.cli import health
from portal.health.models import HealthScore
from tests.factories import NOW, make_account


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(health, words)


def test_recompute_makes_the_scores_of_a_day(app: Flask, session: Session, busy: Account) -> None:
    make_account(session)

    result = run(app, "recompute", "--as-of", "2026-11-01")

    assert result.stdout == "2 scores of 2 accounts made again\n"
    session.rollback()
    assert session.scalars(select(HealthScore.day).distinct()).one().isoformat() == "2026-11-01"


def test_recompute_again_changes_nothing(app: Flask, session: Session, busy: Account) -> None:
    def stored() -> list[tuple[object, ...]]:
        session.rollback()
        table = HealthScore.__table__
        return [tuple(row) for row in session.execute(select(table).order_by(table.c.day))]

    first = run(app, "recompute")
    before = stored()
    second = run(app, "recompute")

    assert first.stdout == second.stdout == f"{len(before)} scores of 1 accounts made again\n"
    assert stored() == before
    assert session.scalar(select(func.count()).select_from(HealthScore)) == len(before) > 100


def test_explain_adds_up_to_what_is_stored(app: Flask, session: Session, busy: Account) -> None:
    run(app, "recompute", "--as-of", "2026-11-15")
    session.rollback()
    stored = session.scalars(select(HealthScore)).one()

    told = json.loads(run(app, "explain", "acme", "--as-of", "2026-11-15", "--json").stdout)

    assert (told["account"], told["model"], told["band"]) == ("acme", "v1", stored.band)
    assert (told["points_e4"], told["coverage_e4"]) == (stored.points_e4, stored.coverage_e4)
    assert told["components"] == stored.components
    assert told["points"] == told["points_e4"] / 10_000
    assert sum(part["contribution_e4"] for part in told["components"]) == told["points_e4"] > 0
    for component in told["components"]:
        parts = [feature["contribution_e4"] for feature in component["features"]]
        assert sum(parts) == component["contribution_e4"]


def test_explain_tells_people_too(app: Flask, busy: Account) -> None:
    text = run(app, "explain", "acme").stdout

    assert text.startswith("acme: ")
    assert "product_use" in text
    assert "no evidence" in text


def test_explain_knows_an_account_without_evidence(app: Flask, account: Account) -> None:
    told = json.loads(run(app, "explain", "acme", "--json").stdout)

    assert (told["points"], told["band"], told["coverage"]) == (None, None, 0)
    assert "no score" in run(app, "explain", "acme").stdout


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-05", "2026-05-31"])
def test_explain_knows_that_an_account_had_not_begun(app: Flask, busy: Account, day: str) -> None:
    assert busy.started_on.isoformat() == "2026-06-01"

    told = json.loads(run(app, "explain", "acme", "--as-of", day, "--json").stdout)

    assert (told["points"], told["band"], told["coverage"], told["next_steps"]) == (None, None, 0, [])
    assert "no score" in run(app, "explain", "acme", "--as-of", day).stdout


def test_explain_refuses_an_unknown_account(app: Flask) -> None:
    result = run(app, "explain", "nobody")

    assert result.exit_code == 1
    assert "no account nobody" in result.stderr
