"""`portal import discourse`."""

import sys
from collections import Counter
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.core.batches import batches
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import transaction
from portal.core.errors import PortalError
from portal.forum.importing import Import
from portal.forum.lines import BATCH, SourceTopic
from portal.imports.discourse.reader import Community
from portal.imports.folder import Folder
from portal.imports.records import read_files
from portal.imports.report import Report
from portal.imports.service import Outcome
from portal.imports.source import Problem


@click.command("discourse", short_help="A community that Discourse's API has answered with.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--board", default=None, help="Where topics go whose category is in none of the files.")
@click.option("--address", default="", help="Where the forum was, such as https://forum.example.")
@click.option("--verbose", is_flag=True, help="List all that was skipped and everything left out.")
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def import_discourse(path: Path, *, board: str | None, address: str, verbose: bool, as_json: bool) -> None:
    """Add the topics in the JSON bodies of Discourse's API, a file or a folder of files, to the community.

    Categories become boards; one that was not for everyone is for staff alone until you change it. Deleted
    and hidden posts are left out and counted. Topics that are there already are left as they are.
    """
    folder = Folder(path if path.is_dir() else path.parent, language="")
    community = Community(address=address)
    community.read(read_files(folder, only=None if path.is_dir() else path.name))
    runs = [
        _write(community, number, topics, board) for number, topics in list(community.topics_by_category())
    ]
    report = _report(folder, community, runs)
    for complaint in report.complaints():
        click.echo(complaint, err=True)
    for line in [report.json()] if as_json else report.lines(verbose=verbose):
        click.echo(line)
    sys.exit(1 if report.problems else 0)


def _write(community: Community, number: int, topics: list[SourceTopic], board: str | None) -> Import:
    """Write the topics of one category."""
    settings: Settings = current_app.extensions["settings"]
    is_known = number in community.categories
    run = Import(
        board_name=None if is_known else board,
        default_name="Discourse",
        site=settings.base_url,
        on_problem=lambda place, reason: community.problems.append(
            Problem(path=place, line=None, message=reason)
        ),
        now=utc_now(),
    )
    about = community.board_of(number) if is_known or board is None else None
    for some in batches(topics, BATCH):
        try:
            with transaction() as session:
                run.write(session, some, about)
        except PortalError as error:
            raise click.ClickException(f"category {number}: {error}") from None
    return run


def _report(folder: Folder, community: Community, runs: list[Import]) -> Report:
    def total(name: str) -> int:
        return sum(getattr(run.counts, name) for run in runs)

    outcomes = {
        Outcome.IMPORTED: total("topics"),
        Outcome.UNCHANGED: total("known"),
        Outcome.FAILED: total("refused"),
    }
    return Report(
        root=folder.root,
        outcomes=Counter(outcomes),
        missing=0,
        problems=[*folder.problems, *community.problems],
        skipped=community.skipped,
        dropped=community.dropped,
        parts={
            name: Counter({Outcome.IMPORTED: total(name)})
            for name in ("replies", "accepted", "votes", "people", "tags")
        },
    )
