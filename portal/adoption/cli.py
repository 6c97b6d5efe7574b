"""`portal signals`."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.accounts.models import Account
from portal.adoption import service
from portal.adoption.ingestion import Ingested, ingest
from portal.adoption.progress.service import START, Place, keep_place, place_in
from portal.core.batches import batches
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.json_lines import read_line

SOURCE: Final = "ingest"
LINES_A_TIME: Final = 2_000
"""So many in one transaction: others that write wait for less than half a second."""
ACCOUNTS_A_TIME: Final = 25

signals = AppGroup("signals", help="The ledger of adoption signals.")


@signals.command("ingest")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from-start", is_flag=True, help="Read the whole file again, which changes nothing.")
@click.option("--json", "as_json", is_flag=True)
def ingest_signals(file: Path, *, from_start: bool, as_json: bool) -> None:
    """Record the signals of a file, one JSON object a line; what is there already stays as it is.

    Fields: key, kind, occurred_at (ISO 8601 with its offset), account (external id), user (e-mail address),
    data. Account or user may be left out, but not both. A line with key, voids (an earlier key) and reason
    takes a signal back. A file that was read before is read on from there.
    """
    place = START if from_start or not file.is_file() else place_in(db.session(), file)
    if place != START:
        click.echo(f"{file}: read up to line {place.lines:,} before; going on from there", err=True)
    counts = Counter({"accepted": 0, "duplicate": place.kept, "unmatched": 0, "rejected": 0})
    hidden = not sys.stderr.isatty()
    with (
        file.open("rb") as lines,
        click.progressbar(length=file.stat().st_size, file=sys.stderr, hidden=hidden) as bar,
    ):
        bar.update(place.position)
        if place.position:
            lines.seek(place.position)
        for batch in batches(enumerate(lines, start=place.lines + 1), LINES_A_TIME):
            result, problems, place = _ingest_batch(file, batch, place)
            for number, reason in problems:
                click.echo(f"{file}:{number}: {reason}", err=True)
            counts.update(
                accepted=result.accepted,
                duplicate=result.duplicate,
                unmatched=result.unmatched,
                rejected=len(problems),
            )
            bar.update(sum(len(line) for _, line in batch))
    if as_json:
        click.echo(json.dumps(counts))
    else:
        words = "{accepted} accepted, {duplicate} already there, {unmatched} unmatched, {rejected} rejected"
        click.echo(words.format(**counts))
    sys.exit(1 if counts["rejected"] else 0)


@signals.command("replay")
def replay_signals() -> None:
    """Make the counts of people's days again from the ledger, a few accounts at a time.

    `portal health recompute` does the same for scores.
    """
    account_ids, count = db.session().scalars(select(Account.id).order_by(Account.id)).all(), 0
    with click.progressbar(length=len(account_ids), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for some in batches(account_ids, ACCOUNTS_A_TIME):
            with transaction(wake=False) as session:
                count += service.rebuild_rollups(session, some)
            bar.update(len(some))
    click.echo(f"{count} counts of {len(account_ids)} accounts made again")


def _ingest_batch(
    file: Path, batch: list[tuple[int, bytes]], place: Place
) -> tuple[Ingested, list[tuple[int, str]], Place]:
    """Record numbered lines, and the place after them, in one transaction; return also what is refused."""
    items: list[tuple[int, object]] = []
    problems: list[tuple[int, str]] = []
    for number, line in batch:
        if not line.strip():
            continue
        try:
            items.append((number, read_line(line)))
        except InvalidError as error:
            problems.append((number, str(error)))
    now = utc_now()
    with transaction() as session:
        result = ingest(session, [item for _, item in items], source=SOURCE, now=now)
        problems += [(items[index][0], reason) for index, reason in result.rejected]
        kept = {number for number, _ in items} - {number for number, _ in problems}
        place = place.after(batch, kept=kept)
        if file.is_file():
            keep_place(session, file, place, source=SOURCE, now=now)
    return result, sorted(problems), place
