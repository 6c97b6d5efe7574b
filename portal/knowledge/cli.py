"""`portal kb export`."""

import dataclasses
import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import InvalidError
from portal.knowledge.portable.folder import ExportFolder
from portal.knowledge.portable.writer import Export, Exported

kb = AppGroup("kb", help="The knowledge base.")


@kb.command("export")
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def export_articles(directory: Path, *, as_json: bool) -> None:
    """Write the whole knowledge base into a folder, as Markdown with front matter and pictures.

    DIR is empty, or an earlier export, which then follows what was changed on the site. Drafts come out,
    too, and articles that are not for everyone, with the addresses of the staff who verify them. Earlier
    revisions, drafts newer than a published text, votes, feedback and statistics are left out.
    """
    settings: Settings = current_app.extensions["settings"]
    try:
        export = Export(db.session(), ExportFolder(directory), uploads=settings.uploads_dir)
        with click.progressbar(
            length=export.told.texts, file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            export.write(bar.update)
    except InvalidError as error:
        raise click.BadParameter(str(error), param_hint="DIR") from error
    _tell(export.told, as_json=as_json)


def _tell(told: Exported, *, as_json: bool) -> None:
    """Print what was written, and end with 1 if something could not be."""
    for problem in told.problems:
        click.echo(problem, err=True)
    counts = dataclasses.asdict(told) | {"problems": len(told.problems)}
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
        click.echo(
            "Left out: earlier revisions, drafts newer than a published text, votes, feedback, statistics."
        )
    sys.exit(1 if told.problems else 0)
