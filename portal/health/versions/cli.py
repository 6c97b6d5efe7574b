"""`portal health models`."""

import json
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup

from portal.accounts.actors import SYSTEM
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import PortalError
from portal.health.model import FIRST, shipped_text, shipped_versions
from portal.health.toml_table import LONGEST
from portal.health.versions import queries, service
from portal.health.versions.models import ModelState, ScoringModel

BYTES_A_CHARACTER: Final = 4

models = AppGroup("models", help="Versions of the scoring model.")


@models.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_models(*, as_json: bool) -> None:
    """Show all versions: drafts, the one in use, and those that were."""
    rows = queries.versions_for(db.session(), SYSTEM)
    found = [_document(row) for row in rows] or [_shipped(version) for version in shipped_versions()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['version']}  {row['state']}  {row.get('note') or ''}".rstrip())
    click.echo(f"{len(found)} versions")


def _shipped(version: str) -> dict[str, object]:
    """Describe a version that comes with the portal while nobody has written another one."""
    state = ModelState.ACTIVE if version == FIRST else ModelState.RETIRED
    return {"version": version, "state": state.value}


def _document(row: ScoringModel) -> dict[str, object]:
    return {
        "version": row.version,
        "state": row.state.value,
        "based_on": row.based_on,
        "note": row.note,
        "created_at": row.created_at.isoformat(),
        "activated_at": row.activated_at and row.activated_at.isoformat(),
    }


@models.command("show")
@click.argument("version")
def show_model(version: str) -> None:
    """Print the TOML text of a version."""
    row = _row(version)
    try:
        click.echo(row.text if row else shipped_text(version), nl=False)
    except PortalError as error:
        raise click.ClickException(str(error)) from error


@models.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--note", default="", help="What is different about it.")
def import_model(file: Path, note: str) -> None:
    """Keep a TOML file as a draft, which staff can look at, try and change."""
    with file.open("rb") as opened:
        content = opened.read(LONGEST * BYTES_A_CHARACTER + 1)
    try:
        with transaction() as session:
            draft = service.create_draft(
                session, actor=SYSTEM, text=content.decode(), note=note, now=utc_now()
            )
            version = draft.version
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise click.ClickException(f"{file}: Line {line}: this is not UTF-8.") from error
    except PortalError as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(f"1 draft: {version}")


@models.command("activate")
@click.argument("version")
def activate_model(version: str) -> None:
    """Make scores with a version from now on; those of former days stay, today's are made again."""
    row = _row(version)
    if row is None:
        raise click.ClickException(f"no version {version}; see `portal health models list`")
    try:
        with transaction() as session:
            service.activate(session, actor=SYSTEM, model_id=row.id, edition=row.edition, now=utc_now())
    except PortalError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"1 version in use: {version}")


def _row(version: str) -> ScoringModel | None:
    rows = queries.versions_for(db.session(), SYSTEM)
    return next((row for row in rows if row.version == version), None)
