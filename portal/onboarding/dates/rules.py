"""The days of a checklist, and what another choice would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.onboarding.models import Checklist, ChecklistStep, StepContent
from portal.onboarding.rules import still_needed
from portal.onboarding.schedule import Shift, due_days, shifts
from portal.onboarding.working_days import working_day

LATEST_AFTER_START: Final = timedelta(days=5 * 366)


def planned_days(checklist: Checklist) -> dict[str, date]:
    """Return the day of each step by its key, in the order of the path; see `days_of`."""
    return days_of(checklist, checklist.steps, chosen=chosen_days(checklist))


def chosen_days(checklist: Checklist) -> dict[str, date]:
    """Return the days that people chose, by the keys of the steps."""
    return {step.key: step.chosen_on for step in checklist.steps if step.chosen_on}


def days_of(
    checklist: Checklist, steps: Sequence[StepContent], *, chosen: Mapping[str, date]
) -> dict[str, date]:
    """Return the days that steps would have in a checklist, over working days in the account's country.

    What is done keeps its day, with whatever else the step would say.
    """
    country = checklist.account.country
    days = due_days(
        steps,
        start=checklist.started_on,
        chosen=chosen,
        add=lambda day, after: working_day(day, after=after, country=country),
        done={step.key: step.due_on for step in checklist.steps if step.is_done},
    )
    return {step.key: days[step.key] for step in steps}


def end_of(steps: Sequence[StepContent], days: Mapping[str, date]) -> date:
    """Return the day on which the last required step is due."""
    return max(days[step.key] for step in steps if step.is_required)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What follows from a day for a step; `day` is None for taking back what someone chose.

    `shifts` are the steps whose days change, in the order of the path.
    """

    step: ChecklistStep
    day: date | None
    days: Mapping[str, date]
    shifts: Sequence[Shift]
    ends_on: date

    @property
    def moved(self) -> Sequence[tuple[ChecklistStep, Shift]]:
        """The steps whose days change."""
        steps = {step.key: step for step in self.step.checklist.steps}
        return [(steps[shift.key], shift) for shift in self.shifts]

    @property
    def pushed(self) -> int:
        """How many other steps get another day."""
        return sum(shift.key != self.step.key for shift in self.shifts)

    @property
    def mark(self) -> str:
        """What tells this outcome from any other, for whoever agrees to it."""
        moves = [f"{shift.key}:{shift.before:%Y%m%d}-{shift.after:%Y%m%d}" for shift in self.shifts]
        return " ".join([str(self.day), *moves, str(self.ends_on)])


def choose(step: ChecklistStep, day: date | None) -> Choice:
    """Work out what a day for a step changes; None takes back what someone chose.

    Raises:
        ConflictError: the step is done.
        InvalidError: the day lies before the start, years after it, or before a step that comes first.
    """
    checklist = step.checklist
    if step.is_done:
        raise ConflictError(N_("This step is done; its day stays as it is."))
    chosen = chosen_days(checklist)
    if day is None:
        chosen.pop(step.key, None)
    else:
        chosen[step.key] = day
        _check_bounds(checklist, day)
    days = days_of(checklist, checklist.steps, chosen=chosen)
    if day is not None:
        _check_needs(step, day, days)
    return Choice(
        step=step,
        day=day,
        days=days,
        shifts=shifts({each.key: each.due_on for each in checklist.steps}, days),
        ends_on=end_of(checklist.steps, days),
    )


def _check_bounds(checklist: Checklist, day: date) -> None:
    latest = checklist.started_on + LATEST_AFTER_START
    if not checklist.started_on <= day <= latest:
        raise InvalidError(
            N_("Choose a day from %(start)s to %(end)s."), field="day", start=checklist.started_on, end=latest
        )


def _check_needs(step: ChecklistStep, day: date, days: Mapping[str, date]) -> None:
    last = max(still_needed(step), key=lambda needed: days[needed.key], default=None)
    if last and day < days[last.key]:
        raise InvalidError(
            N_(
                "“%(step)s” has to be done first, and that is due on %(day)s. Choose that day or a later one."
            ),
            field="day",
            step=last.titles,
            day=days[last.key],
        )
