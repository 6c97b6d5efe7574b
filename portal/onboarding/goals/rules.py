"""What the value of a goal is, when it was reached, and how it stands: arithmetic on rows already read."""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from portal.core.statistics import Rate
from portal.onboarding.goals.models import Direction, Goal, GoalValue
from portal.onboarding.rules import Fact, Proof, in_order, matches

DUE_SOON_DAYS: Final = 7

FOLLOWING: Final = ("checklist.", "goal.", "phase.", "step.")
"""How the kinds begin of signals that tell what follows from goals, phases and steps."""

DayEnd = Callable[[date], datetime]
"""Tells the last instant of a day of the site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What a goal counts: signals of a kind, or the different people behind them.

    `where` is as in `Proof`; `last_days` is how many days count, today included, None for all of them.
    """

    kind: str
    of_people: bool = False
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The value of a goal, None if there is none, and when it first was good enough, None if never."""

    value: float | None
    reached_at: datetime | None


def read_entered(goal: Goal, values: Iterable[GoalValue], *, day_end: DayEnd) -> Reading:
    """Read a goal off the last value that people entered for each day: the latest, and the first good one."""
    held = {each.day: each for each in sorted(values, key=lambda each: (each.day, each.id))}
    met = (min(each.entered_at, day_end(day)) for day, each in held.items() if goal.is_met_by(each.value))
    return Reading(value=[*held.values()][-1].value if held else None, reached_at=next(met, None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """So many facts of a day of the site that count alike.

    `moment` tells when the one with a number from 1 was, in order of time; None if there are fewer by now.
    """

    day: date
    times: int
    moment: Callable[[int], datetime | None]
    person: str | None = None


def is_tallied(goal: Goal) -> bool:
    """Tell whether it is enough to know how many facts of its kind each day had."""
    return not goal.counts_people and not goal.conditions


def read_counted(goal: Goal, facts: Iterable[tuple[date, Fact]], *, today: date, day_end: DayEnd) -> Reading:
    """Read a goal off facts, each with its day of the site; see `read_tallied`."""
    return read_tallied(goal, _asked_for(goal, facts), today=today, day_end=day_end)


def read_tallied(goal: Goal, tallies: Iterable[Tally], *, today: date, day_end: DayEnd) -> Reading:
    """Read a goal off tallies in order of time.

    A value of at least something is reached with the fact that completes it. One of at most something is
    known only at the end of a day: the first on which all of the days that count are over.
    """
    happened = [tally for tally in tallies if _lets_count(goal, tally.day)]
    if goal.direction is Direction.AT_LEAST:
        reached_at = _reached_with(goal, happened)
    else:
        reached_at = _kept_at(goal, happened, before=today, day_end=day_end)
    window = _Window(goal)
    for tally in happened:
        window.add(tally)
    window.move_to(today)
    return Reading(value=float(window.value), reached_at=reached_at)


def _asked_for(goal: Goal, facts: Iterable[tuple[date, Fact]]) -> Iterator[Tally]:
    """Yield the facts that a goal asks for, in order of time."""
    asked = Proof(kind=goal.kind or "", where={name: tuple(some) for name, some in goal.conditions.items()})
    found = (
        (day, fact)
        for day, fact in facts
        if matches(asked, fact) and not (goal.counts_people and fact.person is None)
    )
    for day, fact in sorted(found, key=lambda each: in_order(each[1])):
        yield Tally(day=day, times=1, moment=partial(_moment_of, fact), person=fact.person)


def _moment_of(fact: Fact, _number: int) -> datetime:
    return fact.occurred_at


def _lets_count(goal: Goal, day: date) -> bool:
    is_over = goal.direction is Direction.AT_MOST and goal.last_days is None and day > goal.due_on
    return day >= goal.checklist.started_on and not is_over


class _Window:
    """What counts for a goal, as days go by."""

    def __init__(self, goal: Goal) -> None:
        self._last_days, self._counts_people = goal.last_days, goal.counts_people
        self._tallies: deque[Tally] = deque()
        self._people: Counter[str | None] = Counter()
        self._times = 0

    def add(self, tally: Tally) -> None:
        self._tallies.append(tally)
        self._people[tally.person] += tally.times
        self._times += tally.times

    def move_to(self, today: date) -> None:
        """Forget what is too long ago on a day."""
        if self._last_days is None:
            return
        gone = today - timedelta(days=self._last_days)
        while self._tallies and self._tallies[0].day <= gone:
            old = self._tallies.popleft()
            self._times -= old.times
            self._people[old.person] -= old.times
            if not self._people[old.person]:
                del self._people[old.person]

    @property
    def value(self) -> int:
        return len(self._people) if self._counts_people else self._times


def _reached_with(goal: Goal, happened: Sequence[Tally]) -> datetime | None:
    window = _Window(goal)
    for tally in happened:
        window.move_to(tally.day)
        window.add(tally)
        if goal.is_met_by(window.value):
            too_many = math.floor(window.value - goal.target)
            return tally.moment(tally.times - too_many)
    return None


def _kept_at(goal: Goal, happened: Sequence[Tally], *, before: date, day_end: DayEnd) -> datetime | None:
    window, coming = _Window(goal), deque(happened)
    for day in _days_that_tell(goal, before=before):
        while coming and coming[0].day <= day:
            window.add(coming.popleft())
        window.move_to(day)
        if goal.is_met_by(window.value):
            return day_end(day)
    return None


def _days_that_tell(goal: Goal, *, before: date) -> Iterator[date]:
    """Yield the days that are over and at whose end all of the days that count were over."""
    if goal.last_days is None:
        return iter([goal.due_on] if goal.due_on < before else [])
    first = first_full_day(goal.checklist.started_on, goal.last_days)
    return (first + timedelta(days=number) for number in range((before - first).days))


def first_full_day(started_on: date, last_days: int) -> date:
    """Return the first day on which so many days count."""
    return started_on + timedelta(days=last_days - 1)


class GoalState(StrEnum):
    """How a goal stands on a day."""

    REACHED = "reached"
    MISSED = "missed"
    DUE_SOON = "due_soon"
    ON_TIME = "on_time"


def state_of(goal: Goal, *, today: date) -> GoalState:
    """Tell how a goal stands on a day of the site."""
    if goal.reached_at is not None:
        return GoalState.REACHED
    if goal.due_on < today:
        return GoalState.MISSED
    is_soon = (goal.due_on - today).days <= DUE_SOON_DAYS
    return GoalState.DUE_SOON if is_soon else GoalState.ON_TIME


def starting_value(goal: Goal) -> float | None:
    """Return from where a goal leads: its baseline, or nothing at all; None where neither is a beginning.

    What may only grow towards its limit leads nowhere.
    """
    if goal.is_counted and goal.direction is Direction.AT_MOST and goal.last_days is None:
        return None
    if goal.baseline is not None:
        return goal.baseline
    return 0.0 if goal.direction is Direction.AT_LEAST and (goal.is_counted or goal.target > 0) else None


def can_be_counted(kind: str) -> bool:
    """Tell whether a goal may count signals of a kind: no goal that is reached may undo itself."""
    return not kind.startswith(FOLLOWING)


def is_met_at_start(goal: Goal) -> bool:
    """Tell whether where a goal begins is good enough already."""
    start = starting_value(goal)
    return start is not None and goal.is_met_by(start)


def can_be_known_in_time(goal: Goal) -> bool:
    """Tell whether, by its date, all of the days can be over of which a goal allows at most something."""
    if goal.direction is Direction.AT_LEAST or goal.last_days is None:
        return True
    return first_full_day(goal.checklist.started_on, goal.last_days) <= goal.due_on


def share_of_way(goal: Goal) -> float | None:
    """Return how much of the way to its target a goal has come, 0…1; None when that cannot be said."""
    start = starting_value(goal)
    if start is None or goal.value is None:
        return None
    return min(1.0, max(0.0, (goal.value - start) / (goal.target - start)))


def attainment(goals: Iterable[tuple[date, date | None]], *, today: date) -> Rate:
    """Return goal attainment = kickoff goals reached by their date ÷ goals due.

    A goal is the day on which it is due and the one on which it was reached, None if it was not; it is due
    when that day is over.
    """
    due = [(due_on, reached_on) for due_on, reached_on in goals if due_on < today]
    in_time = sum(reached_on is not None and reached_on <= due_on for due_on, reached_on in due)
    return Rate(in_time, len(due))
