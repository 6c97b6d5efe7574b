"""`portal accounts` and `portal users`."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal.accounts import queries, service
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.forms import LARGEST_NUMBER
from portal.accounts.models import PLANS, AccountStatus, TouchTier, User
from portal.core.batches import batches
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import PortalError

LONGEST_ID: Final = 100
LONGEST_NAME: Final = 200
BATCH: Final = 500
OUTCOMES: Final[dict[object, str]] = {True: "added", False: "already there"}

accounts = AppGroup("accounts", help="Customer accounts.")
users = AppGroup("users", help="People who can sign in.")


@accounts.command("add")
@click.argument("external_id")
@click.option("--name", required=True)
@click.option("--plan", type=click.Choice(PLANS), default="starter", show_default=True)
@click.option("--seats", type=click.IntRange(1, LARGEST_NUMBER), default=5, show_default=True)
@click.option(
    "--touch-tier", type=click.Choice([tier.value for tier in TouchTier]), default="tech", show_default=True
)
@click.option("--started-on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Default: today.")
@click.option("--renews-on", type=click.DateTime(["%Y-%m-%d"]), default=None)
@click.option("--monthly-revenue", type=click.IntRange(0, LARGEST_NUMBER), default=0)
def add_account(
    external_id: str,
    name: str,
    plan: str,
    seats: int,
    touch_tier: str,
    started_on: datetime | None,
    renews_on: datetime | None,
    monthly_revenue: int,
) -> None:
    """Add a customer account by the id that your other systems use."""
    details = service.AccountDetails(
        name=name,
        plan=plan,
        seats=seats,
        touch_tier=TouchTier(touch_tier),
        status=AccountStatus.ACTIVE,
        started_on=(started_on or utc_now()).date(),
        renews_on=renews_on.date() if renews_on else None,
        churned_on=None,
        monthly_revenue=monthly_revenue,
        manager_id=None,
    )
    try:
        with transaction() as session:
            service.open_account(session, actor=SYSTEM, external_id=external_id, details=details)
    except PortalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"added account {external_id}")


@accounts.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_accounts(*, as_json: bool) -> None:
    """List all accounts."""
    rows = queries.accounts_for(db.session(), SYSTEM)
    if as_json:
        keys = ("external_id", "name", "plan", "seats", "touch_tier", "status", "monthly_revenue")
        click.echo(json.dumps([{key: getattr(row, key) for key in keys} for row in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row.external_id:24} {row.plan:9} {row.seats:4} seats  {row.status:8} {row.name}")
    click.echo(f"{len(rows)} accounts")


def details_from_row(row: Mapping[str, str | None]) -> service.AccountDetails:
    """Read a line of a CSV file; what is left out gets a default.

    Raises:
        ValueError: a value cannot be used.
    """
    name = row.get("name") or ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"name is needed, with at most {LONGEST_NAME} characters")
    return service.AccountDetails(
        name=name,
        plan=row.get("plan") or "starter",
        seats=_number(row.get("seats") or "5", least=1),
        touch_tier=TouchTier(row.get("touch_tier") or "tech"),
        status=AccountStatus(row.get("status") or "active"),
        started_on=_day(row.get("started_on")) or utc_now().date(),
        renews_on=_day(row.get("renews_on")),
        churned_on=_day(row.get("churned_on")),
        monthly_revenue=_number(row.get("monthly_revenue") or "0", least=0),
        country=(row.get("country") or "JP").upper(),
        manager_id=None,
    )


def _number(text: str, *, least: int) -> int:
    number = int(text)
    if not least <= number <= LARGEST_NUMBER:
        raise ValueError(f"{text} is not between {least} and {LARGEST_NUMBER}")
    return number


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@accounts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_accounts(file: Path) -> None:
    """Add the accounts of a CSV file; ones that exist are left as they are.

    Columns: external_id, name, and optionally plan, seats, touch_tier, status, started_on, renews_on,
    churned_on, monthly_revenue, country (two letters).
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: not UTF-8 (byte {error.start})") from None
    counts = {"added": 0, "already there": 0, "refused": 0}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=text.count("\n"), file=sys.stderr, hidden=hidden) as bar:
        for rows in batches(((reader.line_num, row) for row in reader), BATCH):
            for number, outcome in _add_rows(rows):
                counts[OUTCOMES.get(outcome, "refused")] += 1
                if isinstance(outcome, Exception):
                    click.echo(f"{file}:{number}: {outcome}", err=True)
            bar.update(len(rows))
    click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(1 if counts["refused"] else 0)


def _add_rows(rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> list[tuple[int, bool | Exception]]:
    """Add the accounts of some numbered rows; return whether each is new, or what is wrong with it."""
    outcomes: list[tuple[int, bool | Exception]] = []
    with transaction() as session:
        for number, row in rows:
            try:
                with session.begin_nested():
                    is_new = _add_row(session, row)
                outcomes.append((number, is_new))
            except (ValueError, PortalError) as error:
                outcomes.append((number, error))
    return outcomes


def _add_row(session: Session, row: Mapping[str, str | None]) -> bool:
    """Add the account of a row; False if it is there already."""
    external_id = (row.get("external_id") or "").strip()
    if not 0 < len(external_id) <= LONGEST_ID:
        raise ValueError(f"external_id is needed, with at most {LONGEST_ID} characters")
    details = details_from_row(row)
    if queries.account_by_external_id(session, external_id):
        return False
    service.open_account(session, actor=SYSTEM, external_id=external_id, details=details)
    return True


@users.command("add")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--account", "external_id", default=None, help="The account's external id; for customers.")
@click.option("--language", type=click.Choice(["en", "ja"]), default=None)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(
    *, email: str, name: str, role: str, external_id: str | None, language: str | None, password_stdin: bool
) -> None:
    """Add a person; asks for the password unless it comes from standard input."""
    password = (
        sys.stdin.readline().rstrip("\n") if password_stdin else click.prompt("Password", hide_input=True)
    )
    try:
        with transaction() as session:
            account = queries.account_by_external_id(session, external_id) if external_id else None
            if external_id and account is None:
                raise click.ClickException(f"no account {external_id}; see `portal accounts list`")
            user: User = service.add_user(
                session,
                email=email,
                name=name,
                role=Role(role),
                account=account,
                password=password,
                language=language,
                now=utc_now(),
            )
    except PortalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"added {user.role} {user.email}")
