"""`portal onboarding`."""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup

from portal.accounts.actors import SYSTEM
from portal.core.batches import batches
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError, NotFoundError, PortalError
from portal.core.i18n import N_
from portal.core.json_lines import read_line
from portal.onboarding.maps import queries as maps
from portal.onboarding.maps.files import read_map, write_map
from portal.onboarding.maps.service import put_map
from portal.onboarding.overview.report import as_data, as_lines, report_for
from portal.onboarding.service import EARLIEST, Start, start_checklists

BATCH: Final = 500
DATE: click.DateTime = click.DateTime(["%Y-%m-%d"])
OUTCOMES: Final[dict[object, str]] = {True: "started", False: "already there"}
FIELDS: Final = frozenset({"account", "map", "team", "started_on", "days"})

onboarding = AppGroup("onboarding", help="Success maps, and the checklists made of them.")


@onboarding.command("list-maps")
def list_maps() -> None:
    """List the success maps."""
    for success_map in maps.maps_for(db.session(), SYSTEM):
        click.echo(f"{success_map.slug:40} {len(success_map.steps):3} steps  {success_map.name('en')}")


@onboarding.command("export-map")
@click.argument("slug")
def export_map(slug: str) -> None:
    """Write a success map as JSON, in all its languages."""
    found = [each for each in maps.maps_for(db.session(), SYSTEM) if each.slug == slug]
    if not found:
        raise _unknown_map(slug)
    click.echo(json.dumps(write_map(found[0]), ensure_ascii=False, indent=2))


@onboarding.command("import-map")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_maps(files: tuple[Path, ...]) -> None:
    """Publish the success maps of JSON files; one of the same slug gets a new version if anything differs."""
    for file in files:
        try:
            told = read_map(json.loads(file.read_text("utf-8-sig")))
            with transaction() as session:
                success_map, is_new = put_map(
                    session, actor=SYSTEM, slug=told.slug, draft=told.draft, steps=told.steps, now=utc_now()
                )
        except (ValueError, PortalError) as error:
            raise click.ClickException(f"{file}: {error}") from None
        click.echo(f"{success_map.slug}: {len(told.steps)} steps, {'published' if is_new else 'nothing new'}")


@onboarding.command("report")
@click.option("--map", "slug", default="", help="Only the map of this slug.")
@click.option("--as-of", type=DATE, default=None, help="Count what is done later as open (YYYY-MM-DD).")
@click.option("--json", "as_json", is_flag=True)
def report_figures(slug: str, as_of: datetime | None, *, as_json: bool) -> None:
    """Print how all checklists stand, and what their steps take, for each map and touch tier."""
    today = site_day(utc_now())
    day = min(max(as_of.date(), EARLIEST), today) if as_of else today
    try:
        report = report_for(db.session(), SYSTEM, slug, as_of=day)
    except NotFoundError:
        raise _unknown_map(slug) from None
    click.echo(json.dumps(as_data(report), ensure_ascii=False) if as_json else "\n".join(as_lines(report)))


def _unknown_map(slug: str) -> click.ClickException:
    return click.ClickException(f"no success map {slug}; see `portal onboarding list-maps`")


@onboarding.command("start")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def start_from_file(file: Path) -> None:
    """Start the checklists of a file, one JSON object a line; those that are there stay as they are.

    Fields: account (external id), map (slug), started_on (day), and optionally team, and days: the day of a
    step by its key, where it is another than the map would give it.
    """
    counts = {"started": 0, "already there": 0, "refused": 0}
    hidden = not sys.stderr.isatty()
    with (
        file.open("rb") as lines,
        click.progressbar(length=file.stat().st_size, file=sys.stderr, hidden=hidden) as bar,
    ):
        for batch in batches(enumerate(lines, start=1), BATCH):
            for number, outcome in _start(batch):
                counts[OUTCOMES.get(outcome, "refused")] += 1
                if isinstance(outcome, Exception):
                    click.echo(f"{file}:{number}: {outcome}", err=True)
            bar.update(sum(len(line) for _, line in batch))
    click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(1 if counts["refused"] else 0)


def _start(batch: list[tuple[int, bytes]]) -> Iterator[tuple[int, bool | Exception]]:
    """Start the checklists of some numbered lines; yield whether each is new, or what is wrong with it."""
    starts: dict[int, Start] = {}
    for number, line in batch:
        if not line.strip():
            continue
        try:
            starts[number] = read_start(read_line(line))
        except (ValueError, InvalidError) as error:
            yield number, error
    with transaction() as session:
        yield from zip(
            starts, start_checklists(session, actor=SYSTEM, starts=list(starts.values())), strict=True
        )


def read_start(item: object) -> Start:
    """Read one checklist to be started.

    Raises:
        InvalidError: it is no object, or a field is missing or unknown.
        ValueError: a day cannot be read.
    """
    if not isinstance(item, dict):
        raise InvalidError(N_("a checklist is an object with an account, a map and a day"))
    if unknown := sorted(item.keys() - FIELDS):
        raise InvalidError(N_("%(name)s is no field of a checklist"), name=unknown[0])
    if missing := sorted({"account", "map", "started_on"} - item.keys()):
        raise InvalidError(N_("%(name)s is missing"), name=missing[0])
    days = item.get("days", {})
    if not isinstance(days, dict):
        raise InvalidError(N_("days has to be an object"))
    return Start(
        account=str(item["account"]),
        map=str(item["map"]),
        team=str(item.get("team", "")),
        started_on=date.fromisoformat(str(item["started_on"])),
        days={key: date.fromisoformat(str(day)) for key, day in days.items()},
    )
