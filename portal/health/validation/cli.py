"""`portal health backtest`."""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
from flask.cli import with_appcontext

from portal.adoption.queries import is_any_recorded
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.core.errors import PortalError
from portal.health.model import Model, load
from portal.health.validation import cases, queries
from portal.health.validation.cases import HORIZONS, Asked, Case, Past, Question
from portal.health.validation.files import read_directory, size_of_events
from portal.health.validation.leaks import find_leaks
from portal.health.validation.report import Report, make_report
from portal.health.validation.running import OWN_HISTORY, observe_all
from portal.health.validation.text import fit_text, report_text
from portal.health.versions.queries import current_model, model_named

DATE: Final = click.DateTime(["%Y-%m-%d"])


class Numbers(click.ParamType[tuple[int, ...]]):
    """Numbers of days, such as 30,60,90."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read whole numbers with commas between them."""
        parts = str(value).split(",")
        if not all(part.strip().isdecimal() for part in parts):
            self.fail("write whole numbers of days with commas between them, such as 30,60,90", param, ctx)
        return tuple(dict.fromkeys(int(part) for part in parts))


class Names(click.ParamType[tuple[str, ...]]):
    """Cohorts, such as 2025-01,2025-04."""

    name = "cohorts"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read names with commas between them."""
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a call asks about: `days` from where, or one day of the calendar."""

    asked: Asked
    days: tuple[int, ...]
    day: date | None

    def questions(self, pasts: Sequence[Past], *, today: date) -> list[Question]:
        """Return what is asked about some accounts, up to today."""
        if self.day is not None:
            return cases.on_day(pasts, self.day)
        ask = cases.before_outcomes if self.asked is Asked.BEFORE else cases.after_starts
        asked = [question for days in self.days for question in ask(pasts, days) if question.as_of <= today]
        return sorted(asked, key=lambda question: (question.past.account, question.as_of))


@click.command("backtest")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", "named", help="A file, or the version of a model. Default: the one in use.")
@click.option("--horizon", type=Numbers(), help="Days before the outcome; default: 30,60,90.")
@click.option("--as-of-day", type=Numbers(), help="Days after the start, instead.")
@click.option("--as-of", type=DATE, help="One day for all (YYYY-MM-DD), instead.")
@click.option("--train", type=Names(), help="Cohorts to fit on, with --fit; their names or how these begin.")
@click.option("--test", type=Names(), help="Cohorts to report on; default: all that were not fitted on.")
@click.option(
    "--fit",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fit the weights, and write the new model there.",
)
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def backtest(
    directory: Path | None,
    named: str | None,
    horizon: tuple[int, ...] | None,
    as_of_day: tuple[int, ...] | None,
    as_of: datetime | None,
    train: tuple[str, ...] | None,
    test: tuple[str, ...] | None,
    target: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compare scores with what became of the accounts afterwards.

    The accounts are this site's own, or those of a directory (see docs/validation.md).
    """
    if sum(map(bool, (horizon, as_of_day, as_of))) > 1:
        raise click.UsageError("give one of --horizon, --as-of-day and --as-of")
    if train and not target:
        raise click.UsageError("--train says what to fit on; give --fit too")
    if target and not (find_spec("sklearn") and find_spec("tomlkit")):
        raise click.ClickException('fitting needs the extra "fit": pip install "engawa[fit]"')
    wanted = Wanted(
        asked=Asked.ON if as_of else Asked.AFTER if as_of_day else Asked.BEFORE,
        days=horizon or as_of_day or HORIZONS,
        day=as_of.date() if as_of else None,
    )
    try:
        documents = _backtest(directory, _model(named), wanted, train, test, target, quiet=as_json)
    except PortalError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(documents, ensure_ascii=False))


def _model(named: str | None) -> Model:
    if named is None:
        return current_model(db.session())
    file = Path(named)
    return load(file.read_text(encoding="utf-8")) if file.is_file() else model_named(db.session(), named)


def _backtest(
    directory: Path | None,
    model: Model,
    wanted: Wanted,
    train: Collection[str] | None,
    test: Collection[str] | None,
    target: Path | None,
    *,
    quiet: bool,
) -> Mapping[str, Any]:
    today, source = site_day(utc_now()), directory.name if directory else OWN_HISTORY
    pasts = _pasts(directory, wanted, today=today)
    by_sign_in = _is_by_sign_in(directory, pasts)
    learnt, asked = _split(wanted.questions(pasts, today=today), train, test, fits=target is not None)
    if not asked and not learnt:
        raise click.ClickException(
            "there is no account to ask about: none has an outcome, or the days lie outside"
        )
    documents: dict[str, Any] = {}

    def report(model: Model) -> Report:
        found = make_report(
            model,
            _observe(model, asked, by_sign_in=by_sign_in),
            source=source,
            asked=wanted.asked,
            by_sign_in=by_sign_in,
        )
        if not quiet:
            click.echo(report_text(found))
        return found

    if asked:
        documents["report"] = report(model).as_document()
    if target:
        cohorts = ", ".join(train or sorted({question.past.cohort for question in learnt}))
        on = f"{source}: {cohorts}"
        fitted = _fit(model, _observe(model, learnt, by_sign_in=by_sign_in), on, target, quiet=quiet)
        if asked:
            documents["fitted"] = report(fitted).as_document()
    return documents


def _pasts(directory: Path | None, wanted: Wanted, *, today: date) -> list[Past]:
    if directory is None:
        read = queries.decided_pasts if wanted.asked is Asked.BEFORE else queries.pasts_so_far
        return read(db.session(), today=today)
    with click.progressbar(
        length=size_of_events(directory), label="reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return read_directory(directory, advance=bar.update)


def _is_by_sign_in(directory: Path | None, pasts: Sequence[Past]) -> bool:
    if directory is None:
        return is_any_recorded(db.session(), kind=cases.SIGN_IN)
    return any(mark.kind == cases.SIGN_IN for past in pasts for mark in past.history.marks())


def _split(
    questions: Sequence[Question], train: Collection[str] | None, test: Collection[str] | None, *, fits: bool
) -> tuple[list[Question], list[Question]]:
    """Return what to learn from and what to report on: other accounts, later.

    With cohorts to learn from that is the caller's choice. Else what was known before the first day that is
    reported on teaches; without cohorts to report on these are the days of the later third.
    """
    asked = [each for each in questions if test is None or _is_of(each, test)]
    if train:
        learnt = [each for each in questions if _is_of(each, train)]
    elif fits and asked:
        days = sorted(each.as_of for each in asked)
        first = days[0] if test else days[len(days) * 2 // 3]
        asked = [each for each in asked if each.as_of >= first]
        learnt = [each for each in questions if each.known_on < first]
    else:
        learnt = []
    accounts = {each.past.account for each in learnt}
    return learnt, [each for each in asked if each.past.account not in accounts]


def _is_of(question: Question, cohorts: Collection[str]) -> bool:
    return any(question.past.cohort.startswith(cohort) for cohort in cohorts)


def _observe(model: Model, questions: Sequence[Question], *, by_sign_in: bool) -> list[Case]:
    with click.progressbar(
        length=len(questions), label="scoring", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return observe_all(
            model, questions, by_sign_in=by_sign_in, advance=lambda done, _total: bar.update(done - bar.pos)
        )


def _fit(model: Model, learnt: Sequence[Case], on: str, target: Path, *, quiet: bool) -> Model:
    """Fit weights, write the model, and say what became of each feature."""
    from portal.health.validation import fitting, model_files  # noqa: PLC0415  # An extra brings what they need.

    version = target.stem.replace("-", "_").lower()
    fit = fitting.fit(
        model,
        learnt,
        version=version,
        on=on[: fitting.LONGEST_NOTE],
        leaks=find_leaks(model, learnt),
    )
    text = model_files.to_toml(fit.model, remarks=fit_text(fit.weights, fit.dropped, model.version))
    load(text)
    target.write_text(text, encoding="utf-8")
    if not quiet:
        click.echo(fit_text(fit.weights, fit.dropped, model.version))
        click.echo(f"written to {target}\n")
    return fit.model
