"""`portal forum import`: topics from a file of one JSON object a line."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from portal.accounts import queries as accounts
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import PortalError
from portal.forum import importing

forum = AppGroup("forum", help="The community.")


@forum.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--board", "board_name", default=None, help="The board's name; default: the file's.")
@click.option(
    "--account", "external_id", default=None, help="The account its authors belong to; default: none."
)
def import_topics(file: Path, board_name: str | None, external_id: str | None) -> None:
    """Add the topics of FILE with their replies, authors, times and accepted answers.

    Lines that cannot be used are reported, the rest goes in. Topics that are there already are left as they
    are, so running it again changes nothing.
    """
    account = accounts.account_by_external_id(db.session(), external_id) if external_id else None
    if external_id and account is None:
        raise click.ClickException(f"no account {external_id}; see `portal accounts list`")
    counts = importing.Counts()
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=file.stat().st_size, label=file.name, file=sys.stderr, hidden=hidden
    ) as bar:
        for batch in importing.read_batches(file, on_problem=_report, on_bytes=bar.update, counts=counts):
            try:
                with transaction() as session:
                    importing.write_batch(
                        session,
                        batch,
                        board_name=board_name or file.stem,
                        account_id=account.id if account else None,
                        counts=counts,
                        on_problem=_report,
                        now=utc_now(),
                    )
            except PortalError as error:
                raise click.ClickException(str(error)) from None
    click.echo(
        f"{counts.topics} topics and {counts.replies} replies imported, {counts.accepted} of them accepted; "
        f"{counts.people} new people; {counts.known} topics were there already; {counts.refused} refused"
    )
    sys.exit(1 if counts.refused else 0)


def _report(place: str, reason: str) -> None:
    click.echo(f"{place}: {reason}", err=True)
