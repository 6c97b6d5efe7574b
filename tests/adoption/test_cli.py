"""`portal signals`."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.adoption.cli import signals
from portal.adoption.models import PersonDay, Signal
from portal.adoption.service import roll_up
from tests.factories import make_account


def line(key: str, *, account: str = "acme", kind: str = "feature.used") -> str:
    return json.dumps({"key": key, "kind": kind, "occurred_at": "2026-11-19T12:00:00Z", "account": account})


@pytest.fixture
def file(tmp_path: Path, session: Session) -> Path:
    make_account(session, external_id="acme")
    path = tmp_path / "signals.jsonl"
    good = [line(f"e-{number}") for number in range(700)]
    bad = ["not json", "", line("x", account="nobody"), line("y", kind="mood.improved")]
    path.write_text("\n".join([*good[:600], *bad, *good[600:]]) + "\n", encoding="utf-8")
    return path


def test_good_lines_go_in_and_bad_ones_are_told_by_line(app: Flask, session: Session, file: Path) -> None:
    result = app.test_cli_runner().invoke(signals, ["ingest", str(file)])

    assert result.exit_code == 1
    assert result.stdout == "700 accepted, 0 already there, 3 rejected\n"
    assert [part.removeprefix(str(file)) for part in result.stderr.splitlines()] == [
        ":601: not JSON: Expecting value: line 1 column 1 (char 0)",
        ":603: there is no account nobody",
        ":604: there is no kind of signal called mood.improved",
    ]
    assert session.scalar(select(func.count()).select_from(Signal)) == 700


def test_a_second_run_adds_nothing(app: Flask, session: Session, file: Path) -> None:
    runner = app.test_cli_runner()
    runner.invoke(signals, ["ingest", str(file)])

    result = runner.invoke(signals, ["ingest", str(file), "--json"])

    assert json.loads(result.stdout) == {"accepted": 0, "duplicate": 700, "rejected": 3}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Signal)) == 700


def test_a_file_without_a_mistake_ends_well(app: Flask, session: Session, tmp_path: Path) -> None:
    make_account(session, external_id="acme")
    path = tmp_path / "signals.jsonl"
    path.write_text(line("only") + "\n", encoding="utf-8")

    assert app.test_cli_runner().invoke(signals, ["ingest", str(path)]).exit_code == 0


def test_replay_makes_the_counts_again(app: Flask, session: Session, file: Path) -> None:
    app.test_cli_runner().invoke(signals, ["ingest", str(file)])
    roll_up(session, list(session.scalars(select(Signal.id))))
    counted = session.execute(select(PersonDay.__table__)).all()
    session.execute(delete(PersonDay))
    session.commit()

    result = app.test_cli_runner().invoke(signals, ["replay"])

    assert result.output == "1 counts of 1 accounts made again\n"
    session.rollback()
    assert session.execute(select(PersonDay.__table__)).all() == counted != []
