"""A directory of files with accounts, what became of them and what they did: see docs/validation.md."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from portal.adoption.kinds import can_be_told
from portal.core.clock import site_day
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.json_lines import read_line
from portal.health.model import Model
from portal.health.rules import Evidence, Tally
from portal.health.validation.cases import Mark, Outcome, Past

TRUE: Final = ("", "1", "yes", "true")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file: its values by column, and where it stands for messages."""

    values: Mapping[str, str]
    place: str

    def text(self, column: str) -> str:
        """Return a value that has to be there.

        Raises:
            InvalidError: it is not.
        """
        value = self.values.get(column) or ""
        if not value:
            raise self.fault(N_("%(place)s: %(column)s is missing."), column=column)
        return value

    def optional(self, column: str) -> str:
        """Return a value; nothing when it is not there."""
        return self.values.get(column) or ""

    def day(self, column: str) -> date:
        """Return a day that has to be there.

        Raises:
            InvalidError: it is not, or it is not a day.
        """
        try:
            return date.fromisoformat(self.text(column))
        except ValueError:
            raise self.fault(
                N_("%(place)s: %(column)s must be a day such as 2026-11-30."), column=column
            ) from None

    def optional_day(self, column: str) -> date | None:
        """Return a day; None when it is not there.

        Raises:
            InvalidError: it is there and not a day.
        """
        return self.day(column) if self.optional(column) else None

    def count(self, column: str, *, default: int, least: int = 1) -> int:
        """Return a whole number.

        Raises:
            InvalidError: it is no whole number from `least` on.
        """
        text = self.optional(column) or str(default)
        number = int(text) if text.removeprefix("-").isdecimal() else least - 1
        if number < least:
            raise self.fault(
                N_("%(place)s: %(column)s must be a whole number from %(least)s."), column=column, least=least
            )
        return number

    def fault(self, message: str, **params: object) -> InvalidError:
        """Return the error to raise about this line."""
        return InvalidError(message, field=None, place=self.place, **params)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the plan of a cohort; `due` is a day, or so many days after an account's start."""

    name: str
    due: date | int
    is_required: bool

    def due_on(self, started_on: date) -> date:
        """Return the day on which an account that started then should have reached it."""
        return self.due if isinstance(self.due, date) else started_on + timedelta(days=self.due)


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody of an account did on a day; `milestone` is nothing, or the step that it completes."""

    kind: str
    day: date
    person: str | None
    signals: int
    milestone: str
    recorded_on: date | None


@dataclass(frozen=True, slots=True)
class Record:
    """All that the files say about an account."""

    seats: int
    started_on: date
    events: Sequence[Event]
    plan: Sequence[Milestone]

    def marks(self) -> Sequence[Mark]:
        """Return all signals of the account, also those of later days."""
        return [
            Mark(kind=event.kind, day=event.day, recorded_on=event.recorded_on, signals=event.signals)
            for event in self.events
        ]

    def evidence_on(self, model: Model, day: date) -> Evidence:
        """Return what was known at the end of a day, as far as a model looks at it."""
        known = [event for event in self.events if event.day <= day]
        required = {step.name: step.due_on(self.started_on) for step in self.plan if step.is_required}
        begun = required if self.started_on <= day else {}
        return Evidence(
            seats=self.seats,
            tallies=tuple(
                Tally(kind=event.kind, day=event.day, person=event.person, signals=event.signals)
                for event in known
            ),
            steps_required=len(begun),
            steps_completed=len({event.milestone for event in known} & begun.keys()),
            steps_due=sum(due <= day for due in begun.values()),
        )


def read_directory(folder: Path, *, advance: Callable[[int], None] = lambda _bytes: None) -> list[Past]:
    """Read all accounts of a directory; `advance` is told how many bytes of events were read.

    Raises:
        InvalidError: a file or value is missing or cannot be used; says where.
    """
    accounts = list(_rows(folder / "accounts.csv"))
    if not accounts:
        raise InvalidError(N_("%(file)s holds no accounts."), field=None, file=str(folder / "accounts.csv"))
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for account, event in _events(folder, advance):
        events[account].append(event)
    plans = _plans(folder / "milestones.csv")
    return [_past(row, events, plans) for row in accounts]


def size_of_events(folder: Path) -> int:
    """Return how many bytes of events there are to read."""
    return sum(file.stat().st_size for file in _event_files(folder))


def _event_files(folder: Path) -> list[Path]:
    return [file for name in ("events.csv", "signals.jsonl") if (file := folder / name).is_file()]


def _rows(file: Path, advance: Callable[[int], None] = lambda _bytes: None) -> Iterator[Row]:
    if not file.is_file():
        raise InvalidError(N_("There is no file %(file)s."), field=None, file=str(file))
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(_told(lines, advance))
            for values in reader:
                yield Row(values, f"{file}:{reader.line_num}")
    except UnicodeDecodeError as error:
        raise InvalidError(N_("%(file)s is not UTF-8."), field=None, file=str(file)) from error


def _told(lines: Iterator[str], advance: Callable[[int], None]) -> Iterator[str]:
    for line in lines:
        advance(len(line))
        yield line


def _events(folder: Path, advance: Callable[[int], None]) -> Iterator[tuple[str, Event]]:
    for file in _event_files(folder):
        rows = _rows(file, advance) if file.suffix == ".csv" else _signals(file, advance)
        for row in rows:
            yield row.text("account"), _event(row)


def _signals(file: Path, advance: Callable[[int], None]) -> Iterator[Row]:
    """Read lines as `portal signals ingest` does, as if they were rows."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            advance(len(line))
            if line.strip():
                place = f"{file}:{number}"
                try:
                    yield Row(_columns(read_line(line)), place)
                except (InvalidError, ValueError, TypeError, AttributeError) as error:
                    raise InvalidError(
                        N_("%(place)s: this is no signal: %(reason)s"),
                        field=None,
                        place=place,
                        reason=str(error),
                    ) from error


def _columns(signal: Any) -> dict[str, str]:
    data = signal.get("data") or {}
    recorded = signal.get("recorded_at")
    return {
        "account": signal.get("account") or "",
        "kind": signal.get("kind") or "",
        "on": _day_of(signal.get("occurred_at") or ""),
        "person": signal.get("user") or "",
        "milestone": str(data.get("milestone", "")),
        "recorded_on": _day_of(recorded) if recorded else "",
    }


def _day_of(instant: str) -> str:
    moment = datetime.fromisoformat(instant)
    if moment.tzinfo is None:
        raise ValueError(f"{instant} has no offset")
    return site_day(moment).isoformat()


def _event(row: Row) -> Event:
    kind = row.text("kind")
    if not can_be_told(kind):
        raise row.fault(N_("%(place)s: there is no kind of signal called %(kind)s."), kind=kind)
    return Event(
        kind=kind,
        day=row.day("on"),
        person=row.optional("person") or None,
        signals=row.count("signals", default=1),
        milestone=row.optional("milestone"),
        recorded_on=row.optional_day("recorded_on"),
    )


def _plans(file: Path) -> Mapping[str, Sequence[Milestone]]:
    """Read the plan of each cohort; that of no cohort holds for all."""
    plans: defaultdict[str, list[Milestone]] = defaultdict(list)
    for row in _rows(file) if file.is_file() else ():
        due = row.optional_day("due_on")
        after_days = row.count("due_after_days", default=0, least=-10_000)
        required = row.optional("required") in TRUE
        plans[row.optional("cohort")].append(
            Milestone(row.text("milestone"), after_days if due is None else due, required)
        )
    return plans


def _past(row: Row, events: Mapping[str, Sequence[Event]], plans: Mapping[str, Sequence[Milestone]]) -> Past:
    account, cohort, started_on = row.text("external_id"), row.optional("cohort"), row.day("started_on")
    outcome, outcome_on = row.optional("outcome") or Outcome.ACTIVE, row.optional_day("outcome_on")
    if outcome not in list(Outcome):
        choices = ", ".join(Outcome)
        raise row.fault(N_("%(place)s: outcome must be one of: %(choices)s."), choices=choices)
    if outcome != Outcome.ACTIVE and outcome_on is None:
        raise row.fault(N_("%(place)s: an account that is %(outcome)s needs outcome_on."), outcome=outcome)
    own = events.get(account, ())
    plan = [*plans.get("", ()), *(plans.get(cohort, ()) if cohort else ())]
    record = Record(row.count("seats", default=1), started_on, own, plan)
    return Past(
        account=account,
        started_on=started_on,
        tier=row.optional("tier"),
        cohort=cohort or f"{started_on:%Y-%m}",
        outcome=Outcome(outcome),
        outcome_on=outcome_on,
        history=record,
    )
