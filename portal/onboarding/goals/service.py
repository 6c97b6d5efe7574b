"""Writes of goals and of their values."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import filterfalse
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor
from portal.core import outbox
from portal.core.batches import batches
from portal.core.clock import site_day, site_day_end
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import GoalReached, GoalReopened, GoalsAsked
from portal.onboarding.dates.rules import LATEST_AFTER_START
from portal.onboarding.evidence.service import Happened, Since, earliest, hold
from portal.onboarding.goals import policies, queries, rules
from portal.onboarding.goals.models import Direction, Goal, GoalValue
from portal.onboarding.goals.rules import Count, Reading, Tally
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.models import Checklist
from portal.onboarding.queries import held_checklist_for

BATCH: Final = 500
LARGEST: Final = 999_999_999_999
SMALLEST: Final = 0.001
"""What is nearer to nothing would be shown as 0."""

_BETWEEN: Final = N_("Choose a day from %(start)s to %(end)s.")


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Reads, by account and kind, what happened since a day: each fact, or how many each day had."""

    facts: Callable[[Since], Mapping[tuple[int, str], Happened]]
    tallies: Callable[[Since], Mapping[tuple[int, str], Sequence[Tally]]]


class StaleGoalError(ConflictError):
    """The goal says something else by now than what was changed."""


@dataclass(frozen=True, kw_only=True)
class GoalDraft:
    """What a goal says; see `Goal`. `count` is None where people enter the values."""

    outcome: str
    measure: str
    direction: Direction
    target: float
    baseline: float | None
    due_on: date
    count: Count | None = None


def set_goal(session: Session, *, actor: Actor, checklist_id: int, draft: GoalDraft, now: datetime) -> Goal:
    """Set a goal for a checklist.

    Raises:
        NotFoundError: no such checklist that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        InvalidError: the goal says nothing, cannot be reached, or is reached from the start.
    """
    checklist = held_checklist_for(session, actor, checklist_id)
    _require_right(actor, checklist)
    goal = Goal(checklist=checklist, values=[])
    _write(goal, draft)
    session.add(goal)
    note(session, Act.GOAL_SET, checklist, actor=actor, now=now, goal=goal.outcome)
    ask_for_values(session, [goal])
    return goal


def change_goal(
    session: Session, *, actor: Actor, goal_id: int, draft: GoalDraft, edition: int, now: datetime
) -> Goal:
    """Let a goal say something else; whether it is reached follows from what it says now.

    `edition` is what the actor saw.

    Raises:
        NotFoundError: no such goal that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        InvalidError: the goal says nothing, cannot be reached, or is reached from the start.
        StaleGoalError: it was changed meanwhile.
    """
    goal = queries.held_goal_for(session, actor, goal_id)
    _require_right(actor, goal.checklist)
    if goal.edition != edition:
        raise StaleGoalError(N_("Someone else changed this goal while you were writing."))
    before = _promise(goal, "before")
    _write(goal, draft)
    goal.edition += 1
    after = _promise(goal, "after")
    told = before | after if [*before.values()] != [*after.values()] else {}
    note(session, Act.GOAL_CHANGED, goal.checklist, actor=actor, now=now, goal=goal.outcome, **told)
    if goal.is_counted:
        ask_for_values(session, [goal])
    else:
        _settle(session, goal, _entered(goal), actor=actor, now=now)
    return goal


def drop_goal(session: Session, *, actor: Actor, goal_id: int, now: datetime) -> Checklist:
    """Remove a goal with its values; its checklist's history keeps that it was there.

    Raises:
        NotFoundError: no such goal that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
    """
    goal = queries.held_goal_for(session, actor, goal_id)
    _require_right(actor, goal.checklist)
    note(session, Act.GOAL_DROPPED, goal.checklist, actor=actor, now=now, goal=goal.outcome)
    session.delete(goal)
    return goal.checklist


def enter_value(
    session: Session, *, actor: Actor, goal_id: int, day: date, value: float, now: datetime
) -> Goal:
    """Keep what the value of a goal was on a day, beside all that was entered before.

    Raises:
        NotFoundError: no such goal that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        ConflictError: signals give the value.
        InvalidError: the day has not come or is before the start, or the value is no usable number.
    """
    goal = queries.held_goal_for(session, actor, goal_id)
    _require_right(actor, goal.checklist)
    if goal.is_counted:
        raise ConflictError(N_("The value of this goal is counted; nobody needs to enter it."))
    start, today = goal.checklist.started_on, site_day(now)
    if not start <= day <= today:
        raise InvalidError(_BETWEEN, field="day", start=start, end=today)
    _require_number("value", value)
    goal.values.append(GoalValue(day=day, value=value, entered_by_id=actor.user_id, entered_at=now))
    session.flush()
    _settle(session, goal, _entered(goal), actor=actor, now=now)
    return goal


def recount(session: Session, goal_ids: Collection[int], ledger: Ledger, *, now: datetime) -> None:
    """Read counted goals off the ledger again; their checklists are held meanwhile."""
    hold_goals(session, goal_ids)
    goals, today = queries.counted_goals(session, goal_ids), site_day(now)
    tallies = ledger.tallies(_since(filter(rules.is_tallied, goals)))
    facts = ledger.facts(_since(filterfalse(rules.is_tallied, goals)))
    for goal in goals:
        place = _place(goal)
        if rules.is_tallied(goal):
            reading = rules.read_tallied(goal, tallies.get(place, ()), today=today, day_end=site_day_end)
        else:
            reading = rules.read_counted(goal, facts.get(place, ()), today=today, day_end=site_day_end)
        goal.read_on = today
        _settle(session, goal, reading, actor=SYSTEM, now=now)


def _place(goal: Goal) -> tuple[int, str]:
    return goal.checklist.account_id, goal.kind or ""


def hold_goals(session: Session, goal_ids: Collection[int]) -> None:
    """Hold the checklists of goals until the transaction ends; the goals are to be read afterwards."""
    hold(session, Checklist.id.in_(select(Goal.checklist_id).where(Goal.id.in_(goal_ids))))


def _since(goals: Iterable[Goal]) -> Since:
    """Return from which day on signals of accounts and kinds may count for some goals."""
    return earliest((*_place(goal), goal.checklist.started_on) for goal in goals)


def ask_for_values(session: Session, goals: Sequence[Goal]) -> None:
    """Have goals counted by what is in the ledger, after the commit."""
    session.flush()
    _ask(session, [goal.id for goal in goals if goal.is_counted])


def ask_again(session: Session, *, now: datetime) -> None:
    """Have the goals counted whose value is another one on a new day of the site, once a day."""
    changes = or_(
        Goal.last_days.is_not(None),
        and_(Goal.direction == Direction.AT_MOST, Goal.reached_at.is_(None)),
    )
    waiting = select(Goal.id).where(Goal.kind.is_not(None), changes, Goal.read_on < site_day(now))
    _ask(session, session.scalars(waiting.order_by(Goal.id)).all())


def _ask(session: Session, ids: Sequence[int]) -> None:
    for some in batches(ids, BATCH):
        outbox.record(session, GoalsAsked(goal_ids=tuple(some)))


def _require_right(actor: Actor, checklist: Checklist) -> None:
    if not policies.may_set_goals(actor, checklist):
        raise ForbiddenError("set goals")


def _write(goal: Goal, draft: GoalDraft) -> None:
    goal.outcome, goal.measure = draft.outcome.strip(), draft.measure.strip()
    goal.direction, goal.target, goal.baseline = draft.direction, draft.target, draft.baseline
    goal.due_on, count = draft.due_on, draft.count
    goal.kind, goal.counts_people = (count.kind, count.of_people) if count else (None, False)
    goal.conditions = {name: list(some) for name, some in count.where.items()} if count else {}
    goal.last_days = count.last_days if count else None
    _require_sense(goal)


def _require_sense(goal: Goal) -> None:
    start = goal.checklist.started_on
    end = start + LATEST_AFTER_START
    for name in ("outcome", "measure"):
        if not getattr(goal, name):
            raise InvalidError(N_("Write something here."), field=name)
    for name in ("target", "baseline"):
        _require_number(name, getattr(goal, name) or 0.0)
    if not start <= goal.due_on <= end:
        raise InvalidError(_BETWEEN, field="due_on", start=start, end=end)
    if goal.kind and not rules.can_be_counted(goal.kind):
        raise InvalidError(N_("A goal cannot count what follows from goals and steps."), field="kind")
    if goal.is_counted and goal.target < 0:
        raise InvalidError(N_("What is counted is never below 0; choose another target."), field="target")
    if rules.is_met_at_start(goal):
        raise InvalidError(N_("It would be reached from the start; choose another target."), field="target")
    if not rules.can_be_known_in_time(goal):
        raise InvalidError(N_("So many days have not passed by the date; choose fewer."), field="last_days")


def _require_number(name: str, value: float) -> None:
    if not abs(value) <= LARGEST:  # What is no number at all is not below it either.
        raise InvalidError(N_("Write a number of at most twelve digits."), field=name)
    if 0 < abs(value) < SMALLEST:
        raise InvalidError(N_("So small a number cannot be shown: write 0, or at least 0.001."), field=name)


def _promise(goal: Goal, when: str) -> dict[str, object]:
    """Return by when a goal asks for how much, as the history tells what it was before and after."""
    return {f"target_{when}": goal.target, f"due_{when}": goal.due_on.isoformat()}


def _entered(goal: Goal) -> Reading:
    return rules.read_entered(goal, goal.values, day_end=site_day_end)


def _settle(session: Session, goal: Goal, reading: Reading, *, actor: Actor, now: datetime) -> None:
    """Let a goal have its value, and report when it becomes reached or is so no more."""
    was_reached, is_reached = goal.reached_at is not None, reading.reached_at is not None
    goal.value, goal.reached_at = reading.value, reading.reached_at
    if is_reached == was_reached:
        return
    outbox.record(session, GoalReached(goal_id=goal.id) if is_reached else GoalReopened(goal_id=goal.id))
    act = Act.GOAL_REACHED if is_reached else Act.GOAL_REOPENED
    note(session, act, goal.checklist, actor=actor, now=now, goal=goal.outcome)
