"""`portal insights report`."""

import json
import re

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from portal.insights.catalogue import FIGURES
from portal.insights.cli import insights
from tests.factories import NOW
from tests.insights.world import make_world


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(insights, ["report", *words])


def test_the_report_holds_every_figure_of_the_last_28_days(app: Flask, session: Session) -> None:
    make_world(session, seed=0)

    told = json.loads(run(app, "--json").stdout)

    assert (told["from"], told["to"]) == ("2026-10-24", "2026-11-20")
    assert list(told["figures"]) == [figure.name for figure in FIGURES]
    search = told["figures"]["search_success"]
    assert search["share"] == search["numerator"] / search["denominator"] > 0
    assert search["low"] < search["share"] < search["high"]
    assert search["value"] is None


def test_the_report_tells_another_period(app: Flask, session: Session) -> None:
    make_world(session, seed=0)

    told = json.loads(run(app, "--from", "2026-10-01", "--to", "2026-10-31", "--json").stdout)

    assert (told["from"], told["to"]) == ("2026-10-01", "2026-10-31")
    assert told["figures"]["help_sessions"]["value"] > 0


def test_people_can_read_the_report_too(app: Flask, session: Session) -> None:
    make_world(session, seed=0)

    text = run(app).stdout

    for figure in FIGURES:
        assert figure.label_en in text
    assert re.search(r"Search success +0\.\d+ \(0\.\d+ to 0\.\d+\)  \[\d+ of \d+\]\n", text)


def test_a_site_on_which_nothing_happened_has_a_report(app: Flask) -> None:
    told = json.loads(run(app, "--json").stdout)["figures"]

    assert told["help_sessions"]["value"] == 0
    assert (told["search_success"]["share"], told["time_to_first_answer"]["value"]) == (None, None)
    assert "nothing yet" in run(app).stdout


def test_a_day_that_is_none_is_refused(app: Flask) -> None:
    assert run(app, "--from", "yesterday").exit_code == 2
