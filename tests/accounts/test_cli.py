"""`portal accounts` and `portal users`."""

import json
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import service
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from tests.factories import NOW, make_account

PASSWORD = "correct horse battery"


def run(app: Flask, *words: str | Path, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=[str(word) for word in words], input=typed)


def stored(session: Session) -> dict[str, Account]:
    session.rollback()
    return {account.external_id: account for account in session.scalars(select(Account))}


def test_an_account_is_added(app: Flask, session: Session) -> None:
    with time_machine.travel(NOW, tick=False):
        result = run(app, "accounts", "add", "acme", "--name", "Acme Foods", "--renews-on", "2027-04-01")

    account = stored(session)["acme"]
    assert result.stdout == "added account acme\n"
    assert (account.name, account.plan, account.seats) == ("Acme Foods", "starter", 5)
    assert (account.started_on, str(account.renews_on)) == (NOW.date(), "2027-04-01")


def test_an_account_is_added_once(app: Flask, session: Session) -> None:
    make_account(session, external_id="acme", name="Acme")

    result = run(app, "accounts", "add", "acme", "--name", "Another")

    assert (result.exit_code, stored(session)["acme"].name) == (1, "Acme")
    assert result.stderr == "Error: There is an account acme already.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--name", "Acme", "--plan", "gold"],
        ["--name", "Acme", "--seats", "0"],
        ["--name", "Acme", "--started-on", "soon"],
        [],
    ],
)
def test_a_wrong_option_is_a_usage_error(app: Flask, session: Session, words: list[str]) -> None:
    assert run(app, "accounts", "add", "acme", *words).exit_code == 2
    assert not stored(session)


def test_accounts_are_listed(app: Flask, session: Session) -> None:
    make_account(session, external_id="acme", name="Acme 食品", plan="team")
    make_account(session, external_id="globex", name="Globex")

    text = run(app, "accounts", "list").stdout
    rows = json.loads(run(app, "accounts", "list", "--json").stdout)

    assert text.startswith("acme ")
    assert text.endswith("2 accounts\n")
    assert [row["external_id"] for row in rows] == ["acme", "globex"]
    assert (rows[0]["name"], rows[0]["plan"]) == ("Acme 食品", "team")


def test_a_file_of_accounts_goes_in_once(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(
        "\ufeffexternal_id,name,plan,seats,touch_tier,status,started_on,renews_on,churned_on,monthly_revenue\n"
        'acme,"Acme, Foods",business,40,high,active,2025-04-01,2027-04-01,,90000\n'
        "globex,Globex,,,,churned,2025-04-01,,2026-04-01,\n"
    )

    first, second = (run(app, "accounts", "import", file) for _ in range(2))

    accounts = stored(session)
    assert (first.exit_code, first.stdout) == (0, "2 added, 0 already there, 0 refused\n")
    assert (second.exit_code, second.stdout) == (0, "0 added, 2 already there, 0 refused\n")
    assert (accounts["acme"].name, accounts["acme"].touch_tier) == ("Acme, Foods", TouchTier.HIGH)
    assert (accounts["acme"].seats, accounts["acme"].monthly_revenue) == (40, 90000)
    assert (accounts["globex"].plan, accounts["globex"].seats) == ("starter", 5)
    assert (accounts["globex"].status, str(accounts["globex"].churned_on)) == (
        AccountStatus.CHURNED,
        "2026-04-01",
    )


BAD_ROWS = {
    ",No id,,,,": "external_id is needed",
    "no-name,,,,,": "name is needed",
    f"{'x' * 101},Long,,,,": "external_id is needed",
    "gold,Gold,gold,,,": "There is no plan “gold”.",
    "few,Few,,0,,": "0 is not between 1 and",
    "many,Many,,99999999999,,": "99999999999 is not between 1 and",
    "some,Some,,several,,": "several",
    "tier,Tier,,,middle,": "middle",
    "day,Day,,,,2026-02-30": "day is out of range",
    "short": "name is needed",
}


def test_bad_rows_are_named_and_the_rest_goes_in(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    lines = ["external_id,name,plan,seats,touch_tier,started_on", *BAD_ROWS, "acme,Acme,,,,"]
    file.write_text("\n".join(lines))

    result = run(app, "accounts", "import", file)

    assert result.exit_code == 1
    assert result.stdout == f"1 added, 0 already there, {len(BAD_ROWS)} refused\n"
    assert list(stored(session)) == ["acme"]
    told = result.stderr.splitlines()
    for number, (reason, line) in enumerate(zip(BAD_ROWS.values(), told, strict=True), 2):
        assert line.startswith(f"{file}:{number}: ")
        assert reason in line


def test_a_file_that_is_not_utf_8_is_refused_whole(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_bytes("external_id,name\nacme,食品\n".encode("shift-jis"))

    result = run(app, "accounts", "import", file)

    assert (result.exit_code, stored(session)) == (1, {})
    assert result.stderr == f"Error: {file}: not UTF-8 (byte 22)\n"


def test_a_missing_file_is_a_usage_error(app: Flask, tmp_path: Path) -> None:
    assert run(app, "accounts", "import", tmp_path / "none.csv").exit_code == 2


def add_user(app: Flask, *words: str, password: str = PASSWORD) -> Result:
    fixed = ("users", "add", "--email", "Kim@acme.example", "--name", "Kim Sato")
    return run(app, *fixed, "--password-stdin", *words, typed=f"{password}\n")


def test_a_person_is_added_and_can_sign_in(app: Flask, session: Session) -> None:
    account = make_account(session, external_id="acme")

    result = add_user(app, "--role", "champion", "--account", "acme", "--language", "ja")

    session.rollback()
    person = session.scalars(select(User)).one()
    assert result.stdout == "added champion kim@acme.example\n"
    assert (person.account_id, person.language) == (account.id, "ja")
    assert service.sign_in(session, email="kim@acme.example", password=PASSWORD, now=NOW)


@pytest.mark.parametrize(
    ("words", "password", "reason"),
    [
        (["--role", "customer", "--account", "nobody"], PASSWORD, "no account nobody"),
        (["--role", "customer"], PASSWORD, "Customers and champions belong to an account"),
        (["--role", "staff"], "short", "at least 10 characters"),
    ],
)
def test_a_person_who_does_not_fit_is_refused(
    app: Flask, session: Session, words: list[str], password: str, reason: str
) -> None:
    result = add_user(app, *words, password=password)

    session.rollback()
    assert result.exit_code == 1
    assert reason in result.stderr
    assert not session.scalars(select(User)).all()


def test_an_unknown_role_is_a_usage_error(app: Flask) -> None:
    assert add_user(app, "--role", "king").exit_code == 2
