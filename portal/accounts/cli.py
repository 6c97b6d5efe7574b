"""`portal accounts` and `portal users`."""

import csv
import io
import json
import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from portal.accounts import queries, service
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import PLANS, Account, AccountStatus, TouchTier, User
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import PortalError

accounts = AppGroup("accounts", help="Customer accounts.")
users = AppGroup("users", help="People who can sign in.")


@accounts.command("add")
@click.argument("external_id")
@click.option("--name", required=True)
@click.option("--plan", type=click.Choice(PLANS), default="starter", show_default=True)
@click.option("--seats", type=click.IntRange(1), default=5, show_default=True)
@click.option("--touch-tier", type=click.Choice(list(TouchTier)), default=TouchTier.TECH, show_default=True)
@click.option("--started-on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Default: today.")
@click.option("--renews-on", type=click.DateTime(["%Y-%m-%d"]), default=None)
@click.option("--monthly-revenue", type=click.IntRange(0), default=0)
def add_account(
    external_id: str,
    name: str,
    plan: str,
    seats: int,
    touch_tier: str,
    started_on: click.DateTime | None,
    renews_on: click.DateTime | None,
    monthly_revenue: int,
) -> None:
    """Add a customer account by the id that your other systems use."""
    account = Account(
        external_id=external_id,
        name=name,
        plan=plan,
        seats=seats,
        touch_tier=TouchTier(touch_tier),
        status=AccountStatus.ACTIVE,
        started_on=started_on.date() if started_on else utc_now().date(),  # type: ignore[attr-defined]  # click's stubs
        renews_on=renews_on.date() if renews_on else None,  # type: ignore[attr-defined]  # the same
        monthly_revenue=monthly_revenue,
    )
    with transaction() as session:
        service.add_account(session, account)
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


def account_from_row(row: dict[str, str]) -> Account:
    """Make an account from a line of a CSV file; what is left out gets a default.

    Raises:
        ValueError: a value cannot be used.
        KeyError: the external id or name is missing.
    """
    plan = row.get("plan") or "starter"
    if plan not in PLANS:
        raise ValueError(f"plan {plan!r} is none of {', '.join(PLANS)}")
    if not row["external_id"] or not row["name"]:
        raise ValueError("external_id and name are needed")
    return Account(
        external_id=row["external_id"],
        name=row["name"],
        plan=plan,
        seats=int(row.get("seats") or 5),
        touch_tier=TouchTier(row.get("touch_tier") or "tech"),
        status=AccountStatus(row.get("status") or "active"),
        started_on=date.fromisoformat(row["started_on"]) if row.get("started_on") else utc_now().date(),
        renews_on=date.fromisoformat(row["renews_on"]) if row.get("renews_on") else None,
        monthly_revenue=int(row.get("monthly_revenue") or 0),
    )


@accounts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_accounts(file: Path) -> None:
    """Add the accounts of a CSV file; ones that exist are left as they are.

    Columns: external_id, name, and optionally plan, seats, touch_tier, status, started_on, renews_on,
    monthly_revenue.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: not UTF-8 (byte {error.start})") from None
    added = known = wrong = 0
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        try:
            account = account_from_row(row)
        except (ValueError, KeyError) as error:
            click.echo(f"{file}:{reader.line_num}: {error}", err=True)
            wrong += 1
            continue
        with transaction() as session:
            if queries.account_by_external_id(session, account.external_id):
                known += 1
            else:
                service.add_account(session, account)
                added += 1
    click.echo(f"{added} added, {known} already there, {wrong} refused")
    sys.exit(1 if wrong else 0)


@users.command("add")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(list(Role)), required=True)
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
