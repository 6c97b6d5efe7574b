"""Choosing the days of steps."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.clock import site_day
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import FootingChanged
from portal.onboarding import policies, queries
from portal.onboarding.dates.models import FormerDueDay
from portal.onboarding.dates.rules import Choice, choose, end_of, planned_days
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.models import Checklist, ChecklistStep


def set_dates(checklist: Checklist) -> None:
    """Set the day of each step, and of the checklist's end, from its start and the days that people chose."""
    _set(checklist, planned_days(checklist))


def reset_dates(session: Session, checklist: Checklist, *, now: datetime) -> None:
    """Set the days of a checklist whose steps are no longer what they were, and keep the former ones."""
    days = planned_days(checklist)
    keep_dates(session, checklist, days, now=now)
    _set(checklist, days)


def keep_dates(session: Session, checklist: Checklist, days: Mapping[str, date], *, now: datetime) -> None:
    """Keep the days on which steps were due until yesterday and are to be no more, as `days` says by key."""
    yesterday = site_day(now) - timedelta(days=1)
    former = [
        {"step_id": step.id, "until": yesterday, "due_on": step.due_on}
        for step in checklist.steps
        if days.get(step.key, step.due_on) != step.due_on
    ]
    insert_new(session, FormerDueDay, former)


def _set(checklist: Checklist, days: Mapping[str, date]) -> None:
    for step in checklist.steps:
        step.due_on = days[step.key]
    checklist.ends_on = end_of(checklist.steps, days)


def preview(session: Session, *, actor: Actor, step_id: int, day: date | None) -> Choice:
    """Work out what a day for a step would change, without changing it; None takes back what was chosen.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        ConflictError: the step is done.
        InvalidError: the day cannot be chosen, see `choose`.
    """
    return _choose(actor, queries.step_to_read_for(session, actor, step_id), day)


def choose_day(
    session: Session, *, actor: Actor, step_id: int, day: date | None, agreed: str, now: datetime
) -> Choice:
    """Give a step the day that someone chose; None takes it back, so that its day follows from the map again.

    `agreed` is the mark of the preview that the actor saw.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        ConflictError: the step is done, or something else would change than what the actor saw.
        InvalidError: the day cannot be chosen, see `choose`.
    """
    step = queries.step_for(session, actor, step_id)
    choice = _choose(actor, step, day)
    if choice.mark != agreed:
        raise ConflictError(N_("The checklist has changed meanwhile. This is what the day changes now."))
    if step.chosen_on == day:
        return choice
    before = step.due_on
    keep_dates(session, step.checklist, choice.days, now=now)
    step.chosen_on = day
    _set(step.checklist, choice.days)
    outbox.record(session, FootingChanged(account_id=step.checklist.account_id))
    note(
        session,
        Act.DAY_FREED if day is None else Act.DAY_CHOSEN,
        step,
        actor=actor,
        now=now,
        before=before.isoformat(),
        after=step.due_on.isoformat(),
        pushed=choice.pushed,
    )
    return choice


def _choose(actor: Actor, step: ChecklistStep, day: date | None) -> Choice:
    if not policies.may_choose_day(actor, step):
        raise ForbiddenError("choose a day")
    return choose(step, day)
