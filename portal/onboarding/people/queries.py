"""Reads of who does which step."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.onboarding.models import ChecklistStep, Owner
from portal.onboarding.people.models import StepAssignee


def assignees_of(session: Session, steps: Collection[ChecklistStep]) -> Mapping[int, Sequence[User]]:
    """Return who is to do some steps that were read for an actor, by the step's id; the first named first."""
    rows = session.execute(
        select(StepAssignee.step_id, User)
        .join(StepAssignee.user)
        .where(StepAssignee.step_id.in_([step.id for step in steps]))
        .order_by(StepAssignee.assigned_at, User.id)
    )
    people: defaultdict[int, list[User]] = defaultdict(list)
    for step_id, person in rows:
        people[step_id].append(person)
    return people


def candidates_of(session: Session, step: ChecklistStep) -> Sequence[User]:
    """Return who can be named for a step that was read for an actor: the active people of its side."""
    if step.owner is Owner.VENDOR:
        return accounts.staff_for(session, SYSTEM)
    return accounts.members_for(session, SYSTEM, step.checklist.account_id)


def assignment(session: Session, step_id: int, user_id: int) -> StepAssignee | None:
    """Return that a person, who is loaded with it, is to do a step; None if they are not."""
    return session.get(StepAssignee, (step_id, user_id), options=[joinedload(StepAssignee.user)])
