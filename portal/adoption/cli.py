"""`portal signals`."""

import json
import sys
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.accounts.models import Account
from portal.adoption import service
from portal.adoption.ingestion import ingest
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.json_lines import numbered_batches, read_line

SOURCE: Final = "ingest"
ACCOUNTS_A_TIME: Final = 25

signals = AppGroup("signals", help="The ledger of adoption signals.")


@signals.command("ingest")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def ingest_signals(file: Path, *, as_json: bool) -> None:
    """Record the signals of a file, one JSON object a line; what is there already stays as it is.

    Fields: key, kind, occurred_at (ISO 8601 with its offset), account (external id), user (e-mail address),
    data. Account or user may be left out, but not both.
    """
    counts = {"accepted": 0, "duplicate": 0, "rejected": 0}
    hidden = not sys.stderr.isatty()
    with (
        file.open("rb") as lines,
        click.progressbar(length=file.stat().st_size, file=sys.stderr, hidden=hidden) as bar,
    ):
        for batch in numbered_batches(lines, service.BATCH):
            accepted, duplicate, problems = _ingest_batch(batch)
            for number, reason in problems:
                click.echo(f"{file}:{number}: {reason}", err=True)
            for name, count in zip(counts, (accepted, duplicate, len(problems)), strict=True):
                counts[name] += count
            bar.update(sum(len(line) for _, line in batch))
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo("{accepted} accepted, {duplicate} already there, {rejected} rejected".format(**counts))
    sys.exit(1 if counts["rejected"] else 0)


@signals.command("replay")
def replay_signals() -> None:
    """Make the counts of people's days again from the ledger, a few accounts at a time.

    `portal health recompute` does the same for scores.
    """
    account_ids, count = db.session().scalars(select(Account.id).order_by(Account.id)).all(), 0
    with click.progressbar(length=len(account_ids), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for start in range(0, len(account_ids), ACCOUNTS_A_TIME):
            some = account_ids[start : start + ACCOUNTS_A_TIME]
            with transaction(wake=False) as session:
                count += service.rebuild_rollups(session, some)
            bar.update(len(some))
    click.echo(f"{count} counts of {len(account_ids)} accounts made again")


def _ingest_batch(batch: list[tuple[int, bytes]]) -> tuple[int, int, list[tuple[int, str]]]:
    """Record some numbered lines in one transaction; return new, known, and (line number, reason)."""
    items: list[tuple[int, object]] = []
    problems: list[tuple[int, str]] = []
    for number, line in batch:
        if not line.strip():
            continue
        try:
            items.append((number, read_line(line)))
        except InvalidError as error:
            problems.append((number, str(error)))
    with transaction() as session:
        result = ingest(session, [item for _, item in items], source=SOURCE, now=utc_now())
    problems += [(items[index][0], reason) for index, reason in result.rejected]
    return result.accepted, result.duplicate, sorted(problems)
