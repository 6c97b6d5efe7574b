"""The figures of onboarding: arithmetic on rows already read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.accounts.models import TouchTier
from portal.core.statistics import Quantile, Rate, SurvivalCurve, kaplan_meier
from portal.onboarding.models import ChecklistStep


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A checklist of an account; `completed_on` is None while a required step is open."""

    id: int
    ends_on: date
    completed_on: date | None

    def is_over(self, today: date) -> bool:
        """Tell whether its end date has passed."""
        return self.ends_on < today

    @property
    def is_in_time(self) -> bool:
        """Whether every required step was completed by its end date."""
        return self.completed_on is not None and self.completed_on <= self.ends_on


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRun:
    """A step of a checklist; `done_on` is None while it is open."""

    done_on: date | None
    needs: Sequence[str]
    is_first_value: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Run(Plan):
    """A checklist with its steps by key, seen from its start until today or until its account left."""

    tier: TouchTier
    plan: str
    started_on: date
    seen_until: date
    steps: Mapping[str, StepRun]

    def ready_on(self, key: str) -> date | None:
        """Return the day from which nothing had to be done before a step; None while something has.

        A step that was done all the same was ready on the day on which it was done.
        """
        step = self.steps[key]
        needed = [self.steps[other].done_on for other in step.needs if other in self.steps]
        known = [day for day in needed if day is not None]
        if len(known) < len(needed):
            return step.done_on
        return max([self.started_on, *known])


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """What someone waited for from a day on; `over_on` is None if it was not over on `seen_until`."""

    since: date
    over_on: date | None
    seen_until: date

    @property
    def days(self) -> int:
        """How many days it took, or has taken so far; 0 if it was over before."""
        return max(0, ((self.over_on or self.seen_until) - self.since).days)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeTaken:
    """How many days something takes, for how many of all it is over, and the most days anyone was seen."""

    curve: SurvivalCurve
    ended: Rate
    seen_days: int

    @classmethod
    def of(cls, waits: Iterable[Wait]) -> "TimeTaken":
        """Estimate it from those for whom it is over, and from the others, who are right-censored."""
        waits = list(waits)
        days, over = [wait.days for wait in waits], [wait.over_on is not None for wait in waits]
        return cls(
            curve=kaplan_meier(days, over),
            ended=Rate(sum(over), len(over)),
            seen_days=max(days, default=0),
        )

    @property
    def median(self) -> Quantile:
        """The days by which it was over for half, and their 95 % interval; None where not reached."""
        return self.curve.quantile(0.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class StepCount:
    """How many checklists have a step of the map of a slug, and how it stands; `step` is the newest of them.

    `stuck` counts those of accounts that still pay which it holds up: it is required, and has been due for
    more than 7 days. `overdue` counts all that are open and due.
    """

    map: str
    step: ChecklistStep
    started: int
    finished: int
    overdue: int
    stuck: int

    @property
    def finished_rate(self) -> Rate:
        """The share that finished it."""
        return Rate(self.finished, self.started)

    @property
    def overdue_rate(self) -> Rate:
        """The share of which it is overdue."""
        return Rate(self.overdue, self.started)


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """A step of the funnel: its counts, and the days from the start and from when nothing precedes it."""

    count: StepCount
    from_start: TimeTaken
    from_ready: TimeTaken


def completion_rate(plans: Iterable[Plan], *, today: date) -> Rate:
    """Onboarding completion rate.

    Accounts that completed every required step by the plan's end date ÷ accounts whose end date has passed.
    An account with several plans counts once for each.
    """
    over = [plan for plan in plans if plan.is_over(today)]
    return Rate(sum(plan.is_in_time for plan in over), len(over))


def time_to_first_value(runs: Iterable[Run]) -> TimeTaken:
    """Time to first value: days from the start of a checklist to its first-value step, right-censored.

    Of several such steps the first that is done counts; checklists without one say nothing.
    """
    return TimeTaken.of(filter(None, map(_first_value, runs)))


def _first_value(run: Run) -> Wait | None:
    steps = [step for step in run.steps.values() if step.is_first_value]
    done = [step.done_on for step in steps if step.done_on]
    over_on = min(done, default=None)
    return Wait(since=run.started_on, over_on=over_on, seen_until=run.seen_until) if steps else None


def step_times(runs: Iterable[Run], key: str) -> tuple[TimeTaken, TimeTaken]:
    """Return the days that a step takes from the start of its checklists, and from when it became ready."""
    concerned = [run for run in runs if key in run.steps]
    return (
        TimeTaken.of(_wait(run, key, since=run.started_on) for run in concerned),
        TimeTaken.of(
            _wait(run, key, since=ready) for run in concerned if (ready := run.ready_on(key)) is not None
        ),
    )


def _wait(run: Run, key: str, *, since: date) -> Wait:
    return Wait(since=since, over_on=run.steps[key].done_on, seen_until=run.seen_until)


def funnel(counts: Iterable[StepCount], runs: Sequence[Run]) -> Sequence[FunnelStep]:
    """Return what the steps of a map take, in the order of the path."""
    steps = []
    for count in sorted(counts, key=lambda each: (each.step.position, each.step.key)):
        from_start, from_ready = step_times(runs, count.step.key)
        steps.append(FunnelStep(count=count, from_start=from_start, from_ready=from_ready))
    return steps


def worst_of(counts: Iterable[StepCount]) -> StepCount | None:
    """Return the step at which most are stuck, of several the one that fewest finish; None if nobody is."""
    stuck = [count for count in counts if count.stuck]
    return min(
        stuck,
        key=lambda each: (-each.stuck, each.finished / each.started, each.map, each.step.position),
        default=None,
    )
