"""`portal mail`: what waits, sending it now, trying again."""

import json
import sys

import click
from flask import current_app
from flask.cli import AppGroup

from portal.accounts.actors import SYSTEM
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.notifications.mail import queries, queue
from portal.notifications.mail.digests import ask_for_due
from portal.notifications.mail.letters import BadAddressError, Letter, message_of
from portal.notifications.mail.models import MailState
from portal.notifications.mail.sending import send_due
from portal.notifications.mail.transports import (
    LaterError,
    RefusedError,
    Transport,
    UnreachableError,
    make_transport,
)

mail = AppGroup("mail", help="Mail that waits, leaves or cannot.")


def _transport() -> Transport:
    transport = make_transport(_site().mail_url)
    if transport is None:
        raise click.ClickException("this site sends no mail: set PORTAL_MAIL_URL")
    return transport


def _site() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@mail.command("status")
@click.option("--json", "as_json", is_flag=True)
def show_status(*, as_json: bool) -> None:
    """Count the mails in each state, and the addresses that refuse mail."""
    counts = queries.counts_for(db.session(), SYSTEM)
    paused = queries.paused_for(db.session(), SYSTEM)
    if as_json:
        states = {state.value: counts.get(state, 0) for state in MailState}
        click.echo(json.dumps(states | {"paused_addresses": [row.address for row in paused]}))
        return
    click.echo(", ".join(f"{counts.get(state, 0)} {state}" for state in MailState))
    for row in paused:
        click.echo(f"{row.address} refuses mail: {row.error}")


@mail.command("send")
def send_now() -> None:
    """Ask for the digests that are due, and send every mail that is due, as the worker does by itself."""
    transport = _transport()
    asked = ask_for_due(now=utc_now())
    length = queries.count_due(db.session(), now=utc_now())
    with click.progressbar(length=length, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        taken = send_due(transport, advance=bar.update)
    counts = queries.counts_for(db.session(), SYSTEM)
    click.echo(f"{asked} digests asked for, {taken} mails taken up, {counts.get(MailState.QUEUED, 0)} wait")


@mail.command("retry")
def retry_failed() -> None:
    """Try every mail again that failed, be it for good."""
    with transaction() as session:
        count = queue.retry(session, now=utc_now())
    click.echo(f"{count} mails are due again")


@mail.command("test")
@click.argument("address")
def send_test(address: str) -> None:
    """Send one mail to an address now, and say what the server answers."""
    site, transport = _site(), _transport()
    letter = Letter(
        subject=f"{site.site_name} can send mail",
        text=f"This is a test from {site.base_url}.",
        html=f"<p>This is a test from {site.base_url}.</p>",
    )
    try:
        message = message_of(letter, sender=site.mail_sender, to=address, name="", mail_id=0, at=utc_now())
        transport.deliver(message)
    except (UnreachableError, LaterError, RefusedError, BadAddressError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        transport.close()
    click.echo(f"{address} has mail")
