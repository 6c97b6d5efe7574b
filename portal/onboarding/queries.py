"""Reads of checklists; each returns only what the actor may see."""

from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.onboarding import rules
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.people.models import StepAssignee


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Select the checklists that an actor may see: staff all, members those of their account."""
    if actor.is_staff:
        return true()
    return Checklist.account_id == actor.account_id if actor.has_account else false()


def _checklists(actor: Actor) -> Select[Checklist]:
    return (
        select(Checklist)
        .options(
            joinedload(Checklist.account),
            joinedload(Checklist.success_map),
            selectinload(Checklist.steps).joinedload(ChecklistStep.completed_by),
        )
        .where(visible_to(actor))
        .order_by(Checklist.started_on, Checklist.id)
    )


def checklists_for(session: Session, actor: Actor, *, account_id: int | None = None) -> Sequence[Checklist]:
    """Return whole checklists, the oldest first: all that the actor may see, or one account's of them."""
    query = _checklists(actor)
    if account_id is not None:
        query = query.where(Checklist.account_id == account_id)
    return session.scalars(query).all()


def checklist_for(session: Session, actor: Actor, checklist_id: int) -> Checklist:
    """Return one whole checklist.

    Raises:
        NotFoundError: no such checklist that the actor may see.
    """
    checklist = session.scalar(_checklists(actor).where(Checklist.id == checklist_id))
    if checklist is None:
        raise NotFoundError("checklist")
    return checklist


def step_to_read_for(session: Session, actor: Actor, step_id: int) -> ChecklistStep:
    """Return one step with its whole checklist.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    whole = selectinload(Checklist.steps).immediateload(ChecklistStep.checklist)
    which = Checklist.steps.any(ChecklistStep.id == step_id)
    return _step_of(session.scalar(_checklists(actor).options(whole).where(which)), step_id)


def _step_of(checklist: Checklist | None, step_id: int) -> ChecklistStep:
    steps = checklist.steps if checklist else ()
    step = next((step for step in steps if step.id == step_id), None)
    if step is None:
        raise NotFoundError("step")
    return step


def checklists_there(session: Session, account_ids: Collection[int]) -> set[tuple[int, int, str]]:
    """Return which checklists some accounts have: account, map and team."""
    place = select(Checklist.account_id, Checklist.success_map_id, Checklist.team)
    return {(*row,) for row in session.execute(place.where(Checklist.account_id.in_(account_ids)))}


def step_for(session: Session, actor: Actor, step_id: int) -> ChecklistStep:
    """Return one step with its whole checklist, whose row is held until the transaction ends.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    return _step_of(_held(session, actor, Checklist.steps.any(ChecklistStep.id == step_id)), step_id)


def held_checklist_for(session: Session, actor: Actor, checklist_id: int) -> Checklist:
    """Return one checklist with its steps, whose row is held until the transaction ends.

    Raises:
        NotFoundError: no such checklist that the actor may see.
    """
    checklist = _held(session, actor, Checklist.id == checklist_id)
    if checklist is None:
        raise NotFoundError("checklist")
    return checklist


def _held(session: Session, actor: Actor, which: ColumnElement[bool]) -> Checklist | None:
    return session.scalar(
        select(Checklist)
        .options(
            joinedload(Checklist.account),
            selectinload(Checklist.steps).immediateload(ChecklistStep.checklist),
        )
        .where(which, visible_to(actor))
        .with_for_update(of=Checklist)
        .execution_options(populate_existing=True)
    )


def next_step_for(session: Session, actor: Actor) -> ChecklistStep | None:
    """Return what the actor is to do next, or else what the account has to; None if nothing.

    It is in the oldest unfinished checklist in which something can be done.
    """
    if not actor.has_account:
        return None
    steps = session.scalars(
        _open_steps()
        .where(Checklist.account_id == actor.account_id, Checklist.completed_at.is_(None))
        .order_by(Checklist.started_on, Checklist.id)
    ).all()
    own = select(StepAssignee.step_id).where(StepAssignee.user_id == actor.user_id)
    own_ids = frozenset(session.scalars(own.where(StepAssignee.step_id.in_([step.id for step in steps]))))
    checklists = [list(some) for _id, some in groupby(steps, key=lambda step: step.checklist_id)]
    upcoming = (rules.next_step(some, whose) for whose in (own_ids, None) for some in checklists)
    return next(filter(None, upcoming), None)


def _open_steps() -> Select[ChecklistStep]:
    return (
        select(ChecklistStep)
        .join(ChecklistStep.checklist)
        .options(contains_eager(ChecklistStep.checklist))
        .where(ChecklistStep.completed_at.is_(None))
    )
