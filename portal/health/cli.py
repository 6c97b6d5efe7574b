"""`portal health`."""

import dataclasses
import json
import sys
from datetime import datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.health import explained, service
from portal.health.explained import Explanation
from portal.health.explanation import Change
from portal.health.rules import ONE_E4
from portal.health.validation.cli import backtest
from portal.health.versions.cli import models

DATE: click.DateTime = click.DateTime(["%Y-%m-%d"])

health = AppGroup("health", help="Health scores of accounts.")


@health.command("recompute")
@click.option("--as-of", type=DATE, default=None, help="Only this day (YYYY-MM-DD).")
def recompute_scores(as_of: datetime | None) -> None:
    """Make scores again from the ledger.

    Without a day these are, of every account, all that are stored and those of the last 180 days on which it
    was a customer.
    """
    now, count = utc_now(), 0
    account_ids = db.session().scalars(select(Account.id).order_by(Account.id)).all()
    with click.progressbar(account_ids, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for account_id in bar:
            with transaction() as session:
                if as_of is None:
                    count += service.rebuild_scores(session, account_id=account_id, now=now)
                else:
                    days = [as_of.date()]
                    count += service.score_days(session, account_id=account_id, days=days, now=now)
    click.echo(f"{count} scores of {len(account_ids)} accounts made again")


@health.command("explain")
@click.argument("account")
@click.option(
    "--as-of", type=DATE, default=None, help="As of the end of this day (YYYY-MM-DD); default: now."
)
@click.option("--since", type=DATE, default=None, help="Also what has changed since the end of this day.")
@click.option("--json", "as_json", is_flag=True)
def explain_score(account: str, as_of: datetime | None, since: datetime | None, *, as_json: bool) -> None:
    """Show why an account, named by its external id, has its score: what adds up to it.

    It is computed by the model in use, whatever is stored; so is that of the earlier day.
    """
    session, now = db.session(), utc_now()
    row = accounts.account_by_external_id(session, account)
    if row is None:
        raise click.ClickException(f"no account {account}; see `portal accounts list`")
    day = min(as_of.date(), site_day(now)) if as_of else site_day(now)
    if since and since.date() >= day:
        raise click.UsageError(f"--since has to be before {day}")
    found = explained.computed_explanation_for(
        session, SYSTEM, row.id, day=day, since=since.date() if since else None, now=now
    )
    is_compared = since is not None
    if as_json:
        document = _document(account, found, is_compared=is_compared)
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    _tell(account, found, is_compared=is_compared)


def _tell(account: str, found: Explanation, *, is_compared: bool) -> None:
    score, change = found.score, found.change if is_compared else None
    click.echo(f"{account}: {_points(score.points_e4)} {score.band or ''} as of {found.as_of.isoformat()}")
    click.echo(f"coverage {score.coverage_e4 / ONE_E4:.0%}, model {found.model.version}")
    if is_compared:
        said = f"{change.delta_e4 / ONE_E4:+.4f}" if change else "it was no customer then"
        click.echo(f"since {found.since}: {said}")
    if is_compared and found.has_other_seats:
        click.echo(f"seats: {found.seats}, then {found.seats_before}")
    changes = change.parts if change else [None] * len(score.components)
    for component, moved in zip(score.components, changes, strict=True):
        click.echo(f"{_points(component.contribution_e4):>9}{_delta(moved)}  {component.name}")
        parts = moved.parts if moved else [None] * len(component.features)
        for feature, part in zip(component.features, parts, strict=True):
            raw = "no evidence" if feature.raw is None else f"{feature.raw:.4g}"
            click.echo(f"{_points(feature.contribution_e4):>11}{_delta(part)}  {feature.name} ({raw})")
    for step in found.steps:
        click.echo(f"one more for {step.component.name}.{step.feature.name}: +{step.gain_e4 / ONE_E4:.4f}")


def _points(points_e4: int | None) -> str:
    return "no score" if points_e4 is None else f"{points_e4 / ONE_E4:.4f}"


def _delta(change: Change | None) -> str:
    return f"{change.delta_e4 / ONE_E4:>+10.4f}" if change else ""


def _document(account: str, found: Explanation, *, is_compared: bool) -> dict[str, object]:
    """Return the score for other programs; `…_e4` counts ten-thousandths."""
    score = found.score
    document = {
        "account": account,
        "as_of": found.as_of.isoformat(),
        "model": found.model.version,
        "points": None if score.points_e4 is None else score.points_e4 / ONE_E4,
        "coverage": score.coverage_e4 / ONE_E4,
        **dataclasses.asdict(score),
        "next_steps": [
            {"feature": f"{step.component.name}.{step.feature.name}", "gain_e4": step.gain_e4}
            for step in found.steps
        ],
    }
    if not is_compared:
        return document
    change = dataclasses.asdict(found.change) if found.change else None
    seats = {"seats": found.seats, "seats_before": found.seats_before}
    return document | {"since": found.since.isoformat(), "change": change} | seats


health.add_command(backtest)
health.add_command(models)
