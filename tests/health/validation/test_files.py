"""Directories of accounts and events, read or refused with the place of the fault."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from portal.core.errors import InvalidError
from portal.health.model import shipped
from portal.health.rules import Tally
from portal.health.validation.cases import Outcome
from portal.health.validation.files import read_directory

ACCOUNTS = """external_id,started_on,seats,tier,cohort,outcome,outcome_on
acme,2025-01-01,4,high,spring,churned,2025-06-01
bolt,2025-01-01,,,,,
"""
EVENTS = """account,kind,on,person,signals,milestone,recorded_on
acme,article.read,2025-01-05,kim,3,,
acme,product.done,2025-01-20,kim,,first,2025-07-01
acme,product.done,2025-02-20,,,second,
"""
MILESTONES = """cohort,milestone,due_on,due_after_days,required
spring,first,2025-01-15,,yes
spring,second,,30,
spring,extra,2025-01-10,,no
autumn,third,2025-01-10,,yes
"""
SIGNAL = (
    '{"key": "1", "kind": "product.done", "occurred_at": "2025-01-19T23:30:00+00:00", "account": "acme",'
    ' "data": {"milestone": "first"}}\n'
)
MODEL = shipped("v1")

Write = Callable[..., Path]


@pytest.fixture
def write(app: Flask, tmp_path: Path) -> Write:
    def files(**texts: str) -> Path:
        for name, text in {"accounts": ACCOUNTS, "events": EVENTS, "milestones": MILESTONES, **texts}.items():
            (tmp_path / f"{name}.{'jsonl' if name == 'signals' else 'csv'}").write_text(text)
        return tmp_path

    return files


def test_an_account_is_read_with_its_outcome_and_what_it_did(write: Write) -> None:
    acme, bolt = read_directory(write())

    assert (acme.account, acme.tier, acme.cohort, acme.outcome) == ("acme", "high", "spring", Outcome.CHURNED)
    assert acme.outcome_on == date(2025, 6, 1)
    assert (bolt.outcome, bolt.outcome_on, bolt.cohort) == (Outcome.ACTIVE, None, "2025-01")
    evidence = acme.history.evidence_on(MODEL, date(2025, 1, 31))
    assert evidence.seats == 4
    assert evidence.tallies == (
        Tally(kind="article.read", day=date(2025, 1, 5), person="kim", signals=3),
        Tally(kind="product.done", day=date(2025, 1, 20), person="kim", signals=1),
    )


@pytest.mark.parametrize(
    ("day", "completed", "due"),
    [
        (date(2025, 1, 14), 0, 0),
        (date(2025, 1, 20), 1, 1),
        (date(2025, 1, 31), 1, 2),
        (date(2025, 2, 20), 2, 2),
    ],
)
def test_milestones_are_the_steps_of_the_plan(write: Write, day: date, completed: int, due: int) -> None:
    acme, _bolt = read_directory(write())

    evidence = acme.history.evidence_on(MODEL, day)

    assert (evidence.steps_required, evidence.steps_completed, evidence.steps_due) == (2, completed, due)


def test_signals_are_read_as_the_ingestion_reads_them(write: Write) -> None:
    acme, _bolt = read_directory(write(events="account,kind,on\n", signals=SIGNAL))

    (mark,) = acme.history.marks()

    assert (mark.kind, mark.day) == ("product.done", date(2025, 1, 20))  # The site lives in Tokyo.
    assert acme.history.evidence_on(MODEL, date(2025, 2, 1)).steps_completed == 1


def test_the_day_of_recording_is_kept(write: Write) -> None:
    acme, _bolt = read_directory(write())

    assert [mark.recorded_on for mark in acme.history.marks()] == [None, date(2025, 7, 1), None]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"accounts": "external_id,started_on\n"}, "holds no accounts"),
        ({"accounts": "external_id,started_on\nacme,soon\n"}, "accounts.csv:2: started_on must be a day"),
        ({"accounts": "external_id,started_on\n,2025-01-01\n"}, "accounts.csv:2: external_id is missing"),
        ({"accounts": "external_id,started_on,outcome\na,2025-01-01,gone\n"}, "outcome must be one of"),
        ({"accounts": "external_id,started_on,outcome\na,2025-01-01,churned\n"}, "needs outcome_on"),
        (
            {"accounts": "external_id,started_on,seats\na,2025-01-01,0\n"},
            "seats must be a whole number from 1",
        ),
        ({"events": "account,kind,on\nacme,guesses.made,2025-01-01\n"}, "events.csv:2: there is no kind"),
        ({"events": "account,kind,on,signals\nacme,article.read,2025-01-01,-2\n"}, "signals must be"),
        ({"signals": "{\n"}, "signals.jsonl:1: this is no signal"),
        (
            {"signals": '{"account": "acme", "kind": "article.read", "occurred_at": "2025-01-01"}\n'},
            "no offset",
        ),
        ({"signals": "[]\n"}, "signals.jsonl:1: this is no signal"),
        ({"milestones": "milestone,due_on\nfirst,tomorrow\n"}, "milestones.csv:2: due_on must be a day"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    write: Write, texts: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        read_directory(write(**texts))

    assert message in str(refused.value)


def test_a_missing_file_is_named(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as refused:
        read_directory(tmp_path)

    assert "accounts.csv" in str(refused.value)
