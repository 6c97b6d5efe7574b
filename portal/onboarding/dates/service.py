"""Choosing the days of steps."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.events import FootingChanged
from portal.onboarding import policies, queries
from portal.onboarding.dates.rules import Choice, choose, end_of, planned_days
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.models import Checklist, ChecklistStep


def set_dates(checklist: Checklist) -> None:
    """Set the day of each step, and of the checklist's end, from its start and the days that people chose."""
    days = planned_days(checklist)
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
    step.chosen_on = day
    for each in step.checklist.steps:
        each.due_on = choice.days[each.key]
    step.checklist.ends_on = choice.ends_on
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
