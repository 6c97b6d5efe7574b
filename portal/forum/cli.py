"""`portal forum`: topics in files of one JSON object a line, and everyone's reputation."""

import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM
from portal.core.batches import batches
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import begin_reading, db, transaction
from portal.core.errors import NotFoundError, PortalError
from portal.forum import exporting, importing, queries
from portal.forum.lines import BATCH, Reading
from portal.forum.models import Topic
from portal.forum.reputation import counting

forum = AppGroup("forum", help="The community.")


@forum.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--board", "board_name", default=None, help="The board's name; default: its own or the file's.")
@click.option(
    "--account", "external_id", default=None, help="The account its authors belong to; default: none."
)
def import_topics(file: Path, board_name: str | None, external_id: str | None) -> None:
    """Add the topics of FILE with their replies, authors, times, tags, votes and accepted answers.

    FILE is what `portal forum export` has written, or anything else in its format. Lines that cannot be used
    are reported, the rest goes in. Topics that are there already are left as they are, so running it again
    changes nothing.
    """
    settings: Settings = current_app.extensions["settings"]
    account = accounts.account_by_external_id(db.session(), external_id) if external_id else None
    if external_id and account is None:
        raise click.ClickException(f"no account {external_id}; see `portal accounts list`")
    run = importing.Import(
        board_name=board_name,
        default_name=file.stem,
        site=settings.base_url,
        account_id=account.id if account else None,
        on_problem=_report,
        now=utc_now(),
    )
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=file.stat().st_size, label=file.name, file=sys.stderr, hidden=hidden
    ) as bar:
        reading = Reading(file=file, on_problem=_report, on_bytes=bar.update)
        for batch in batches(reading.topics(), BATCH):
            try:
                with transaction() as session:
                    run.write(session, batch, reading.board)
            except PortalError as error:
                raise click.ClickException(str(error)) from None
    counts, refused = run.counts, run.counts.refused + reading.refused
    click.echo(
        f"{counts.topics} topics and {counts.replies} replies imported, {counts.accepted} of them accepted; "
        f"{counts.people} new people; {counts.comments} comments; {counts.votes} votes; "
        f"{counts.tags} new tags; {counts.known} topics were there already; {refused} refused"
    )
    sys.exit(1 if refused else 0)


def _report(place: str, reason: str) -> None:
    click.echo(f"{place}: {reason}", err=True)


@forum.command("export")
@click.argument("board", metavar="BOARD")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; default: the standard output."
)
def export_board(board: str, out: Path | None) -> None:
    """Write BOARD, named as in its address, with all its topics, for `portal forum import`.

    Removed posts and what posts said before come out, too, and people are named by their e-mail addresses.
    """
    settings: Settings = current_app.extensions["settings"]
    session = db.session()
    begin_reading(session)
    try:
        found = queries.board_for(session, SYSTEM, board)
    except NotFoundError:
        raise click.ClickException(f"no board {board}; its name is the end of its address") from None
    count = session.scalar(select(func.count()).where(Topic.board_id == found.id)) or 0
    lines = exporting.lines_of(session, found, site=settings.base_url)
    topics = -1  # The first line tells of the board.
    with (
        click.open_file(str(out or "-"), "w", encoding="utf-8", atomic=out is not None) as file,
        click.progressbar(
            lines, length=count + 1, file=sys.stderr, hidden=not sys.stderr.isatty() or out is None
        ) as bar,
    ):
        for line in bar:
            file.write(line)
            topics += 1
    click.echo(f"{topics} topics exported", err=True)


@forum.command("reputation")
@click.option("--json", "as_json", is_flag=True)
def count_reputation(*, as_json: bool) -> None:
    """Count everyone's points, levels and badges again from what is stored."""
    ids, now, changed = counting.people_to_count(), utc_now(), 0
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=len(ids), label="Reputation", file=sys.stderr, hidden=hidden) as bar:
        for some in batches(ids, counting.BATCH):
            changed += counting.count_some(some, now=now)
            bar.update(len(some))
    if as_json:
        click.echo(json.dumps({"people": len(ids), "changed": changed}))
        return
    click.echo(f"{len(ids)} people counted again, {changed} of them changed")
