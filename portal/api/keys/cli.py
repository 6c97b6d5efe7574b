"""`portal api keys`."""

import json
from datetime import datetime

import click
from flask.cli import AppGroup

from portal.accounts.actors import SYSTEM
from portal.api.keys import queries, service
from portal.api.keys.models import ApiKey
from portal.api.keys.rules import DAYS, Scope
from portal.api.keys.service import KeyDraft
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import PortalError

api = AppGroup("api", help="The API for other systems.")
keys = AppGroup("keys", help="The keys by which other systems ask.")
api.add_command(keys)


@keys.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", type=click.Choice([scope.value for scope in Scope]), multiple=True, required=True
)
@click.option("--source", default="", help="The system's name in the ledger; default: made from NAME.")
@click.option("--days", type=click.Choice([str(days) for days in DAYS]), help="Default: until it is revoked.")
def add_key(*, name: str, scopes: tuple[str, ...], source: str, days: str | None) -> None:
    """Make a key and print it; it is kept nowhere else.

    Give --source to make the next key of a system, whose signals shall not count twice.
    """
    draft = KeyDraft(
        name=name, scopes=list(map(Scope, scopes)), source=source, days=int(days) if days else None
    )
    try:
        with transaction() as session:
            made = service.make_key(session, actor=SYSTEM, draft=draft, now=utc_now())
    except PortalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"key {made.row.id} of the system {made.row.source}; it is shown only now:", err=True)
    click.echo(made.text)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_keys(*, as_json: bool) -> None:
    """List all keys, with when they were last used."""
    now = utc_now()
    rows = [_described(key, now) for key in queries.keys_for(db.session(), SYSTEM)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        used = row["last_used_at"] or "never used"
        click.echo(
            f"{row['id']:>4} …{row['ending']} {row['state']:8} {row['source']:20} {used:32} {row['name']}"
        )
    click.echo(f"{len(rows)} keys")


def _described(key: ApiKey, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "source": key.source,
        "scopes": key.scopes,
        "ending": key.ending,
        "state": "works" if key.works_at(now) else "revoked" if key.revoked_at else "expired",
        "made_at": key.made_at.isoformat(),
        "made_by": key.made_by.name if key.made_by else None,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


@keys.command("revoke")
@click.argument("key_id", type=int)
def revoke_key(key_id: int) -> None:
    """Let a key open nothing any more; its number is in the list."""
    try:
        with transaction() as session:
            key = service.revoke_key(session, actor=SYSTEM, key_id=key_id, now=utc_now())
    except PortalError:
        raise click.ClickException(f"no key {key_id}; see `portal api keys list`") from None
    click.echo(f"revoked key {key_id}, {key.name}")
