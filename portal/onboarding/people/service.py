"""Writes of who does which step."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import StepAssigned
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.models import ChecklistStep
from portal.onboarding.people import policies, queries
from portal.onboarding.people.models import StepAssignee
from portal.onboarding.queries import step_for


def assign(session: Session, *, actor: Actor, step_id: int, user_id: int, now: datetime) -> ChecklistStep:
    """Let a person do a step, or take it oneself; nothing changes if they are to do it already.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor may not decide that.
        InvalidError: no such active person on the side that the step belongs to.
    """
    step = _held(session, actor, step_id, user_id)
    person = next((one for one in queries.candidates_of(session, step) if one.id == user_id), None)
    if person is None:
        raise InvalidError(N_("Choose someone from the list."), field="user_id")
    if queries.assignment(session, step.id, person.id) is None:
        session.add(
            StepAssignee(step_id=step.id, user_id=person.id, assigned_by_id=actor.user_id, assigned_at=now)
        )
        note(session, Act.ASSIGNED, step, actor=actor, now=now, person=person.name)
        outbox.record(session, StepAssigned(step_id=step.id, user_id=person.id))
    return step


def unassign(session: Session, *, actor: Actor, step_id: int, user_id: int, now: datetime) -> ChecklistStep:
    """Let a person not do a step any more, or leave it oneself; nothing changes if they are not to do it.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor may not decide that.
    """
    step = _held(session, actor, step_id, user_id)
    if row := queries.assignment(session, step.id, user_id):
        note(session, Act.UNASSIGNED, step, actor=actor, now=now, person=row.user.name)
        session.delete(row)
    return step


def _held(session: Session, actor: Actor, step_id: int, user_id: int) -> ChecklistStep:
    """Return a step, whose checklist is held, if the actor may decide whether a person does it."""
    step = step_for(session, actor, step_id)
    is_own = user_id == actor.user_id and policies.may_take(actor, step)
    if not is_own and not policies.may_assign(actor, step):
        raise ForbiddenError("assign step")
    return step
