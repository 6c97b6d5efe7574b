"""Reads of success maps and checklists; each returns only what the actor may see."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.onboarding import rules
from portal.onboarding.models import Checklist, ChecklistStep, MapStep, SuccessMap


def _visible_to(actor: Actor) -> ColumnElement[bool]:
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
        .where(_visible_to(actor))
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


def step_for(session: Session, actor: Actor, step_id: int) -> ChecklistStep:
    """Return one step with its whole checklist, whose row is held until the transaction ends.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    checklist = session.scalar(
        select(Checklist)
        .join(Checklist.steps)
        .options(selectinload(Checklist.steps).immediateload(ChecklistStep.checklist))
        .where(ChecklistStep.id == step_id, _visible_to(actor))
        .with_for_update(of=Checklist)
        .execution_options(populate_existing=True)
    )
    if checklist is None:
        raise NotFoundError("step")
    return next(step for step in checklist.steps if step.id == step_id)


def next_step_for(session: Session, actor: Actor) -> ChecklistStep | None:
    """Return what the actor's account has to do next, in its oldest unfinished checklist; None if nothing."""
    if not actor.has_account:
        return None
    steps = session.scalars(
        _open_steps()
        .where(Checklist.account_id == actor.account_id, Checklist.completed_at.is_(None))
        .order_by(Checklist.started_on, Checklist.id)
    ).all()
    return rules.next_step(step for step in steps if step.checklist is steps[0].checklist)


def provable_steps(session: Session, account_ids: Collection[int]) -> Sequence[ChecklistStep]:
    """Return the open steps of these accounts that signals can complete, with their checklists."""
    return session.scalars(
        _open_steps().where(Checklist.account_id.in_(account_ids), ChecklistStep.proof.is_not(None))
    ).all()


def _open_steps() -> Select[ChecklistStep]:
    return (
        select(ChecklistStep)
        .join(ChecklistStep.checklist)
        .options(contains_eager(ChecklistStep.checklist))
        .where(ChecklistStep.completed_at.is_(None))
    )


def maps_for(session: Session, actor: Actor) -> Sequence[SuccessMap]:
    """Return the success maps with their steps, oldest first; nothing for anyone but staff."""
    if not actor.is_staff:
        return []
    return session.scalars(
        select(SuccessMap).options(selectinload(SuccessMap.steps)).order_by(SuccessMap.id)
    ).all()


def map_for(session: Session, actor: Actor, map_id: int) -> SuccessMap:
    """Return one success map with its steps, for staff.

    Raises:
        NotFoundError: no such map that the actor may see.
    """
    query = select(SuccessMap).options(selectinload(SuccessMap.steps)).where(SuccessMap.id == map_id)
    success_map = session.scalar(query) if actor.is_staff else None
    if success_map is None:
        raise NotFoundError("success map")
    return success_map


def map_step_for(session: Session, actor: Actor, step_id: int) -> MapStep:
    """Return one step of a success map, for staff.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    step = session.get(MapStep, step_id) if actor.is_staff else None
    if step is None:
        raise NotFoundError("step")
    return step
