"""The commands that run and look after a site."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Final

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import inspect

from portal import demo_site, worker
from portal.accounts.actors import SYSTEM
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.config import Settings, variable_of
from portal.core.db import db, transaction
from portal.knowledge.cli import kb
from portal.knowledge.upkeep import link_check
from portal.knowledge.upkeep import queries as upkeep_queries
from portal.notifications.mail import queries as mails
from portal.notifications.mail.models import MailState
from portal.notifications.mail.transports import UnreachableError, make_transport
from portal.reactions.links import this_site

PARENT_CHECK_SECONDS: Final = 1.0
LONG_OVERDUE: Final = timedelta(hours=1)
PASSWORD_IN_URL: Final = re.compile(r"(://[^:/@\s]*:)[^@\s]*@")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Web processes.")
@click.option("--demo", "with_demo", is_flag=True, help="Fill an empty site with the demo vendor first.")
@click.option("--fresh", is_flag=True, help="With --demo: throw the demo site away and make it again.")
@with_appcontext
def serve(host: str, port: int, workers: int, *, with_demo: bool, fresh: bool) -> None:
    """Serve the site, and run the worker beside it."""
    if fresh and not with_demo:
        raise click.UsageError("--fresh goes with --demo")
    if fresh:
        demo_site.remove()
    upgrade()
    if with_demo:
        demo_site.fill()
    command = [sys.executable, "-m", "portal", "worker", "--until-parent-ends"]
    helper = subprocess.Popen(command)
    try:
        click.echo(f"Engawa is served on http://{host}:{port}")
        Granian(
            "portal.app:create_lasting_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            respawn_failed_workers=True,
            log_access=False,
        ).serve()
    finally:
        helper.terminate()
        helper.wait(timeout=10)


def _end_with_parent() -> None:
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@click.command("worker")
@click.option("--until-parent-ends", is_flag=True, hidden=True)
@with_appcontext
def run_worker(*, until_parent_ends: bool) -> None:
    """Run the background worker alone."""
    if until_parent_ends:
        _end_with_parent()
    current_app.extensions["jobs"].run()


@click.command("settings")
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def show_settings(*, as_json: bool) -> None:
    """Print every setting: its variable, its value and what it means."""
    settings: Settings = current_app.extensions["settings"]
    rows = []
    for setting in dataclasses.fields(Settings):
        value = getattr(settings, setting.name)
        shown = "(kept in the data directory)" if setting.name == "secret_key" and not value else str(value)
        if setting.name == "secret_key" and value:
            shown = "(set)"
        shown = PASSWORD_IN_URL.sub(r"\1…@", shown)
        rows.append((variable_of(setting), shown, setting.metadata["meaning"]))
    if as_json:
        click.echo(
            json.dumps([dict(zip(("variable", "value", "meaning"), row, strict=True)) for row in rows])
        )
        return
    for variable, shown, meaning in rows:
        click.echo(f"{variable}={shown}\n    {meaning}")


@click.command()
@with_appcontext
def doctor() -> None:
    """Say what is wrong, and the command that mends it."""
    problems = list(_problems())
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


def _problems() -> list[str]:
    if not inspect(db.engine).has_table("users"):
        return ["The database has no tables yet: portal db upgrade"]
    found = []
    status = outbox.status(db.session(), now=utc_now())
    if status.failing:
        found.append(
            f"{status.failing} events failed and wait: portal outbox status, then portal outbox retry"
        )
    if status.waiting and status.oldest_seconds > 300:  # noqa: PLR2004  # Five minutes is long for a second's work.
        found.append("Events wait for more than five minutes: is a worker running? portal worker")
    found += _mail_problems()
    if not current_app.extensions["search_engine"].is_current():
        found.append("The search index is missing or was made by another analyzer: portal search rebuild")
    return found


def _mail_problems() -> list[str]:
    found, session, now = [], db.session(), utc_now()
    if transport := make_transport(current_app.extensions["settings"].mail_url):
        try:
            transport.check()
        except UnreachableError as error:
            found.append(
                f"Mail cannot leave ({error}): look at PORTAL_MAIL_URL, then portal mail test ADDRESS"
            )
        transport.close()
    if failed := mails.counts_for(session, SYSTEM).get(MailState.FAILED):
        found.append(f"{failed} mails could not be delivered: see /staff/mail/, then portal mail retry")
    if paused := mails.paused_for(session, SYSTEM):
        found.append(
            f"{len(paused)} addresses refuse mail: portal mail status, then resume them at /staff/mail/"
        )
    due = mails.overdue_since(session)
    if due and now - due > LONG_OVERDUE:
        found.append("Mails have been due for more than an hour: is a worker running? portal worker")
    return found


outbox_group = AppGroup("outbox", help="Events that wait for their reactions.")


@outbox_group.command("status")
@click.option("--json", "as_json", is_flag=True)
def show_outbox(*, as_json: bool) -> None:
    """Show how many events wait, and which failed."""
    status = outbox.status(db.session(), now=utc_now())
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(status)))
        return
    click.echo(f"{status.waiting} waiting (oldest {status.oldest_seconds:.0f} s), {status.failing} failing")
    for error in status.errors:
        click.echo(error)


@outbox_group.command("retry")
def retry_outbox() -> None:
    """Try every failing event again at once."""
    with transaction() as session:
        count = outbox.retry(session, now=utc_now())
    click.echo(f"{count} events are due again")


@outbox_group.command("drain")
def drain_outbox() -> None:
    """Do now what a worker would do by and by, and show how much is left."""
    with click.progressbar(
        length=outbox.status(db.session(), now=utc_now()).waiting,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        while worker.work_some():
            db.session.rollback()
            waiting = outbox.status(db.session(), now=utc_now()).waiting
            bar.length = max(bar.length or 0, bar.pos + waiting)
            bar.update((bar.length or 0) - waiting - bar.pos)
    click.echo("Nothing waits.")


@kb.command("check")
@click.option("--json", "as_json", is_flag=True)
def check_links(*, as_json: bool) -> None:
    """Find the links, pictures and videos of published articles that lead nowhere on this site.

    Nothing is fetched from anywhere. The worker does the same every night; staff see what is broken at
    /staff/articles/upkeep/. Ends with 1 if anything is.
    """
    count = link_check.count_texts(db.session())
    with click.progressbar(length=count, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        checked = link_check.check_all(this_site(), now=utc_now(), advance=bar.update)
    broken = upkeep_queries.broken_links_for(db.session(), SYSTEM)
    if as_json:
        rows = [{"page": row.page, "target": row.link.target, "fault": row.link.fault} for row in broken]
        click.echo(json.dumps({"texts": checked.texts, "links": checked.links, "broken": rows}))
    else:
        for row in broken:
            click.echo(f"{row.page}: {row.link.target}: {row.link.fault}")
        click.echo(f"{checked.texts} texts, {checked.links} links, {len(broken)} broken")
    sys.exit(1 if broken else 0)


COMMANDS: Final = (serve, run_worker, show_settings, doctor, outbox_group)
