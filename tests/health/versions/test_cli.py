"""`portal health models` and `portal health explain --since`."""

import json
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.health.cli import health
from portal.health.model import shipped_text
from portal.health.versions.queries import current_model
from portal.health.versions.rules import renamed
from tests.factories import NOW


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(health, words)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fitted.toml"
    path.write_text(renamed(shipped_text("v1"), "fitted"), encoding="utf-8")
    return path


def test_a_file_becomes_a_draft_and_then_makes_scores(app: Flask, session: Session, file: Path) -> None:
    assert run(app, "models", "list").stdout == "milestones  retired\nv1  active\n2 versions\n"
    assert run(app, "models", "import", str(file), "--note", "Fitted").stdout == "1 draft: fitted\n"
    assert [row["state"] for row in json.loads(run(app, "models", "list", "--json").stdout)] == [
        "draft",
        "active",
        "retired",
    ]
    assert run(app, "models", "show", "fitted").stdout == file.read_text(encoding="utf-8")

    assert run(app, "models", "activate", "fitted").stdout == "1 version in use: fitted\n"

    session.rollback()
    assert current_model(session).version == "fitted"
    assert run(app, "models", "show", "v1").stdout == shipped_text("v1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version = 1\n", "Line 1: bands is missing"),
        (b"version = 'a'\n# \xff\n", "Line 2: this is not UTF-8"),
        (b"version = 'a'\n\x00", "Line 2: the character U+0000 cannot be seen"),
        (b"#" * 1_000_000, "the text is longer than 100000 characters"),
    ],
)
def test_what_is_no_model_is_refused_with_its_line(
    app: Flask, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_bytes(content)

    result = run(app, "models", "import", str(path))

    assert result.exit_code == 1
    assert said in result.stderr


def test_an_unknown_version_is_told(app: Flask) -> None:
    for command in ("activate", "show"):
        assert run(app, "models", command, "nothing").exit_code == 1


def test_what_has_changed_adds_up(app: Flask, busy: Account) -> None:
    words = ("explain", "acme", "--as-of", "2026-11-15", "--since", "2026-10-01", "--json")
    told = json.loads(run(app, *words).stdout)
    before = json.loads(run(app, "explain", "acme", "--as-of", "2026-10-01", "--json").stdout)

    change = told["change"]
    assert (change["before_e4"], change["after_e4"]) == (before["points_e4"], told["points_e4"])
    assert sum(part["after_e4"] - part["before_e4"] for part in change["parts"]) == (
        told["points_e4"] - before["points_e4"]
    )
    assert "change" not in before
    assert "since 2026-10-01: " in run(app, *words[:-1]).stdout


def test_before_it_was_a_customer_there_is_nothing_to_compare(app: Flask, busy: Account) -> None:
    assert "it was no customer then" in run(app, "explain", "acme", "--since", "2026-01-01").stdout
    assert run(app, "explain", "acme", "--since", "2027-01-01").exit_code == 2
