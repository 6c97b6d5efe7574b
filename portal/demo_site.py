"""The demo site as a whole: made once, worked through, and thrown away on request."""

import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click
from flask import current_app
from sqlalchemy import select, text

from portal import worker
from portal.accounts.models import Account
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.demo import build, onboarding, success
from portal.demo.history import DAYS
from portal.health import service as health
from portal.health.phases import service as phases
from portal.health.tasks import service as tasks
from portal.onboarding.nudges.site import site_of_letters

ALERT_DAYS: Final = 28
"""So many days of alerts are told: what is older would be news to nobody."""


def fill() -> None:
    """Make the demo in an empty database; leave one that is there alone.

    Raises:
        ClickException: the database holds something else.
    """
    folder: Path = current_app.extensions["settings"].data_dir
    if build.is_demo(folder):
        return
    if not build.is_empty(db.session()):
        raise click.ClickException("this site is in use; make the demo in another PORTAL_DATA_DIR")
    now = utc_now()
    click.echo("Making the demo site; this takes about a minute.")
    with transaction(wake=False) as session:
        build.build(session, now=now)
    worker.work()
    with transaction(wake=False) as session:
        onboarding.remind(session, site=site_of_letters(), now=now)
    worker.work()
    worker.learn_from_searches()
    ids = list(db.session.scalars(select(Account.id)))
    hidden = not sys.stderr.isatty()
    with click.progressbar(ids, label="Scoring six months", file=sys.stderr, hidden=hidden) as accounts:
        for account_id in accounts:
            with transaction(wake=False) as session:
                health.rebuild_scores(session, account_id=account_id, now=now)
    _follow_accounts(now)
    build.mark(folder)


def _follow_accounts(now: datetime) -> None:
    """Move the accounts through their phases, day by day, and find what staff have to do."""
    today = site_day(now)
    with transaction(wake=False) as session:
        for ago in reversed(range(1, DAYS)):
            phases.follow(session, day=today - timedelta(days=ago), now=now)
        tasks.follow_renewals(session, today=today, now=now)
    with transaction(wake=False) as session:
        success.look_after(session, now=now)
        success.ring(session, days=ALERT_DAYS, now=now)
    worker.work()


def remove() -> None:
    """Throw the demo away, and nothing that is not the demo.

    Raises:
        ClickException: the data directory holds something else.
    """
    folder: Path = current_app.extensions["settings"].data_dir
    if not build.is_demo(folder):
        if (folder / "portal.db").exists():
            raise click.ClickException(f"{folder} holds no demo; nothing was removed")
        return
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    db.session.remove()
    db.engine.dispose()
    for path in (*folder.glob("portal.db*"), *folder.glob("queue.db*"), folder / build.MARK):
        path.unlink(missing_ok=True)
    for name in ("index", "files"):
        shutil.rmtree(folder / name, ignore_errors=True)
