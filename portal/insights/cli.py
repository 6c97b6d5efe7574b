"""`portal insights`."""

import dataclasses
import json
from datetime import datetime

import click
from flask.cli import AppGroup

from portal.accounts.actors import SYSTEM
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.insights.queries import Ledger, Period, Wanted
from portal.insights.reading import Numbers, read_all

DATE: click.DateTime = click.DateTime(["%Y-%m-%d"])

insights = AppGroup("insights", help="Figures about self-service and peer help.")


@insights.command("report")
@click.option("--from", "since", type=DATE, default=None, help="First day (YYYY-MM-DD); default: 28 days.")
@click.option("--to", "until", type=DATE, default=None, help="Last day (YYYY-MM-DD); default: today.")
@click.option("--json", "as_json", is_flag=True)
def report_figures(since: datetime | None, until: datetime | None, *, as_json: bool) -> None:
    """Print every figure of a period, with its counts and its 95 % interval."""
    now = utc_now()
    period = Period.between(since and since.date(), until and until.date(), today=site_day(now))
    ledger = Ledger(db.session(), SYSTEM, Wanted(period=period), now=now)
    readings = read_all(ledger)
    if as_json:
        figures = {reading.figure.name: dataclasses.asdict(reading.numbers) for reading in readings}
        days = {"from": period.since.isoformat(), "to": period.until.isoformat()}
        click.echo(json.dumps(days | {"figures": figures, "left_out": dict(ledger.left_out)}))
        return
    click.echo(f"{period.since} to {period.until}")
    for reading in readings:
        click.echo(f"{reading.figure.label_en:<40}{_line(reading.numbers)}")
    counts = ", ".join(f"{count} by {reason}" for reason, count in ledger.left_out.items())
    click.echo(f"{'Signals left out':<40}{counts}")


def _line(numbers: Numbers) -> str:
    main = numbers.value if numbers.share is None else numbers.share
    text = "nothing yet" if main is None else f"{main:.4g}"
    if main is not None and numbers.low is not None:
        high = "not reached" if numbers.high is None else f"{numbers.high:.4g}"
        text += f" ({numbers.low:.4g} to {high})"
    if numbers.ninetieth is not None:
        text += f", 90th percentile {numbers.ninetieth:.4g}"
    counts = [str(count) for count in (numbers.numerator, numbers.denominator) if count is not None]
    return f"{text}  [{' of '.join(counts)}]" if counts else text
