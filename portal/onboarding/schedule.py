"""When steps are due: dates that follow from a start, from each other and from what people chose."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Protocol

Add = Callable[[date, int], date]


class Dated(Protocol):
    """A step, as far as its date goes.

    It is due `due_after_days` working days after the step `counted_from`, or after the start where that is
    None; on a day that someone chose; and never before the steps that it `needs`.
    """

    key: str
    due_after_days: int
    counted_from: str | None
    needs: list[str]


@dataclass(frozen=True, slots=True)
class Shift:
    """A step whose day changes."""

    key: str
    before: date
    after: date


def cycle_in(steps: Iterable[Dated]) -> list[str] | None:
    """Return the keys of steps that wait for each other, each for the next and the last for the first."""
    try:
        TopologicalSorter(_awaited(steps)).prepare()
    except CycleError as error:
        keys: list[str] = error.args[1]
        return keys[:0:-1]
    return None


def due_days(
    steps: Iterable[Dated],
    *,
    start: date,
    chosen: Mapping[str, date],
    add: Add,
    done: Mapping[str, date] = MappingProxyType({}),
) -> dict[str, date]:
    """Return the day of each step by its key; `add` counts working days on from a day.

    `done` are the days of steps that are done: they stay, and only hold back what nobody chose a day for.
    What a step refers to and is not among the steps does not count.

    Raises:
        graphlib.CycleError: steps wait for each other.
    """
    by_key = {step.key: step for step in steps}
    days: dict[str, date] = {}
    for key in TopologicalSorter(_awaited(by_key.values())).static_order():
        if step := by_key.get(key):
            base = days.get(step.counted_from or "", start)
            own = chosen.get(key) or add(base, step.due_after_days)
            needed = [
                days[each] for each in step.needs if each in days and not (key in chosen and each in done)
            ]
            days[key] = done.get(key) or max([own, *needed])
    return days


def shifts(before: Mapping[str, date], after: Mapping[str, date]) -> list[Shift]:
    """Return the steps whose day changes, in the order of `after`."""
    return [Shift(key, before[key], day) for key, day in after.items() if before.get(key, day) != day]


def _awaited(steps: Iterable[Dated]) -> dict[str, set[str]]:
    return {step.key: {*step.needs, *filter(None, [step.counted_from])} for step in steps}
