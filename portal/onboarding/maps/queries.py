"""Reads of success maps, for staff alone."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.onboarding.models import MapStep, MapVersion, SuccessMap


def _maps() -> Select[SuccessMap]:
    versions = selectinload(SuccessMap.versions)
    return (
        select(SuccessMap)
        .options(
            versions.immediateload(MapVersion.success_map),
            versions.selectinload(MapVersion.steps).immediateload(MapStep.version),
        )
        .order_by(SuccessMap.id)
    )


def maps_for(session: Session, actor: Actor) -> Sequence[SuccessMap]:
    """Return the success maps with their versions, oldest first; nothing for anyone but staff."""
    return session.scalars(_maps()).all() if actor.is_staff else []


def map_for(session: Session, actor: Actor, map_id: int) -> SuccessMap:
    """Return one success map with its versions, for staff.

    Raises:
        NotFoundError: no such map that the actor may see.
    """
    success_map = session.scalar(_maps().where(SuccessMap.id == map_id)) if actor.is_staff else None
    if success_map is None:
        raise NotFoundError("success map")
    return success_map


def held_map_for(session: Session, actor: Actor, map_id: int) -> SuccessMap:
    """Return one success map with its versions, whose row is held until the transaction ends.

    Raises:
        NotFoundError: no such map that the actor may see.
    """
    session.execute(select(SuccessMap.id).where(SuccessMap.id == map_id).with_for_update())
    return map_for(session, actor, map_id)


def step_for(session: Session, actor: Actor, step_id: int) -> MapStep:
    """Return the step of its map's latest version that a step of any version stands for, for staff.

    Raises:
        NotFoundError: no such step that the actor may see, or it was removed meanwhile.
    """
    known = select(MapVersion.success_map_id, MapStep.key).join(MapStep.version)
    row = session.execute(known.where(MapStep.id == step_id)).one_or_none()
    if row:
        for step in map_for(session, actor, row.success_map_id).steps:
            if step.key == row.key:
                return step
    raise NotFoundError("step")
