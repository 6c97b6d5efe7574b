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
from portal.core.clock import site_day, site_day_end, utc_now
from portal.core.db import db, transaction
from portal.health import queries, service
from portal.health.rules import ONE_E4, Score
from portal.health.validation.cli import backtest

DATE: click.DateTime = click.DateTime(["%Y-%m-%d"])

health = AppGroup("health", help="Health scores of accounts.")
health.add_command(backtest)


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
@click.option("--json", "as_json", is_flag=True)
def explain_score(account: str, as_of: datetime | None, *, as_json: bool) -> None:
    """Show why an account, named by its external id, has its score: what adds up to it."""
    session, now = db.session(), utc_now()
    row = accounts.account_by_external_id(session, account)
    if row is None:
        raise click.ClickException(f"no account {account}; see `portal accounts list`")
    day = min(as_of.date(), site_day(now)) if as_of else site_day(now)
    instant = min(site_day_end(day), now)
    score = queries.computed_score_for(session, SYSTEM, row.id, as_of=day)
    if as_json:
        click.echo(json.dumps(_document(account, instant, score), ensure_ascii=False))
        return
    click.echo(f"{account}: {_points(score.points_e4)} {score.band or ''} as of {instant.isoformat()}")
    click.echo(f"coverage {score.coverage_e4 / ONE_E4:.0%}")
    for component in score.components:
        click.echo(f"{_points(component.contribution_e4):>9}  {component.name}")
        for feature in component.features:
            raw = "no evidence" if feature.raw is None else f"{feature.raw:.4g}"
            click.echo(f"{_points(feature.contribution_e4):>11}  {feature.name} ({raw})")


def _points(points_e4: int | None) -> str:
    return "no score" if points_e4 is None else f"{points_e4 / ONE_E4:.4f}"


def _document(account: str, instant: datetime, score: Score) -> dict[str, object]:
    """Return the score for other programs; `…_e4` counts ten-thousandths."""
    points = None if score.points_e4 is None else score.points_e4 / ONE_E4
    return {
        "account": account,
        "as_of": instant.isoformat(),
        "model": queries.MODEL,
        "points": points,
        "coverage": score.coverage_e4 / ONE_E4,
        **dataclasses.asdict(score),
    }
