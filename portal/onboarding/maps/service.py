"""Writes to success maps: changes go to a draft, which is published as a new version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.onboarding import policies
from portal.onboarding.maps import queries
from portal.onboarding.maps.rules import check_complete, check_order
from portal.onboarding.models import (
    Instrument,
    MapStep,
    MapVersion,
    Milestone,
    Owner,
    StepRole,
    SuccessMap,
)
from portal.onboarding.rules import Proof
from portal.web.ordering import moved
from portal.web.slugs import slugify


@dataclass(frozen=True, kw_only=True)
class MapDraft:
    """What staff wrote about a map: texts by language, for whom it is."""

    names: Mapping[str, str]
    persona: str = ""
    plan: str = ""
    starting_points: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StepDraft:
    """What staff wrote about a step (see `StepContent`): texts by language, None for what it has not."""

    titles: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    stage: Mapping[str, str] = field(default_factory=dict)
    instrument: Instrument | None = None
    reference: str = ""
    quiz: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    owner: Owner = Owner.CUSTOMER
    role: StepRole | None = None
    minutes: int | None = None
    due_after_days: int
    counted_from: str | None = None
    needs: tuple[str, ...] = ()
    is_required: bool = True
    milestone: Milestone | None = None
    proof: Proof | None = None


def add_map(session: Session, *, actor: Actor, draft: MapDraft) -> SuccessMap:
    """Add a success map whose first version is a draft without steps.

    Raises:
        ForbiddenError: the actor is not staff.
        InvalidError: it has no name.
        ConflictError: there is one with that name.
    """
    if not policies.may_plan(actor):
        raise ForbiddenError("plan onboarding")
    success_map = SuccessMap(versions=[MapVersion(number=1, steps=[])])
    _write_map(success_map, draft)
    success_map.slug = slugify(next(iter(success_map.names.values())))
    if session.scalar(select(SuccessMap.id).where(SuccessMap.slug == success_map.slug)):
        raise ConflictError(N_("There is a success map with this name already."))
    session.add(success_map)
    session.flush()
    return success_map


def change_map(session: Session, *, actor: Actor, map_id: int, draft: MapDraft) -> SuccessMap:
    """Change what a map is called and for whom it is; this holds for every version at once.

    Raises:
        NotFoundError: no such map that the actor may see.
        InvalidError: it has no name.
    """
    success_map = queries.held_map_for(session, actor, map_id)
    _write_map(success_map, draft)
    return success_map


def _write_map(success_map: SuccessMap, draft: MapDraft) -> None:
    success_map.names = _texts(draft.names)
    if not success_map.names:
        raise InvalidError(N_("Give the map a name in at least one language."), field="name_en")
    success_map.persona, success_map.plan = draft.persona.strip(), draft.plan
    success_map.starting_points, success_map.outcomes = _texts(draft.starting_points), _texts(draft.outcomes)


def add_step(session: Session, *, actor: Actor, map_id: int, draft: StepDraft) -> MapStep:
    """Add a step at the end of a map's draft.

    Raises:
        NotFoundError: no such map that the actor may see.
        InvalidError: the step has no title, or waits for itself.
    """
    success_map = queries.held_map_for(session, actor, map_id)
    version = _draft_of(session, success_map)
    step = _new_step(_new_key(success_map), len(version.steps) + 1, draft)
    version.steps.append(step)
    _settle(session, version)
    return step


def _new_key(success_map: SuccessMap) -> str:
    """Return a key that no step of any version has or had."""
    keys = {step.key for version in success_map.versions for step in version.steps}
    return next(key for key in map("s{}".format, count(1)) if key not in keys)


def change_step(session: Session, *, actor: Actor, step_id: int, draft: StepDraft) -> MapStep:
    """Change a step in its map's draft.

    Raises:
        NotFoundError: no such step that the actor may see.
        InvalidError: the step has no title, or would wait for itself.
    """
    step, version = _in_draft(session, actor, step_id)
    _write_step(step, draft)
    _settle(session, version)
    return step


def put_step_before(session: Session, *, actor: Actor, step_id: int, before_id: int | None) -> MapStep:
    """Put a step in front of another in their map's draft; at the end if that is None.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    step, version = _in_draft(session, actor, step_id)
    before = None if before_id is None else _in_draft(session, actor, before_id)[0].id
    order = moved([each.id for each in version.steps], step.id, before)
    version.steps.sort(key=lambda each: order.index(each.id))
    _settle(session, version)
    return step


def remove_step(session: Session, *, actor: Actor, step_id: int) -> int:
    """Remove a step from its map's draft, and what others say about it; return the map's id.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    step, version = _in_draft(session, actor, step_id)
    version.steps.remove(step)
    for other in version.steps:
        other.needs = [key for key in other.needs if key != step.key]
        other.counted_from = None if other.counted_from == step.key else other.counted_from
    _settle(session, version)
    return version.success_map_id


def publish(session: Session, *, actor: Actor, map_id: int, now: datetime) -> MapVersion:
    """Publish a map's draft: new checklists are made of it. Nothing changes where there is no draft.

    Raises:
        NotFoundError: no such map that the actor may see.
        InvalidError: no step is required, so no checklist could ever be completed.
    """
    version = queries.held_map_for(session, actor, map_id).latest
    if version.published_at is None:
        check_complete(version.steps)
        version.published_at = now
    return version


def put_map(
    session: Session,
    *,
    actor: Actor,
    slug: str,
    draft: MapDraft,
    steps: Mapping[str, StepDraft],
    now: datetime,
) -> tuple[SuccessMap, bool]:
    """Publish a map as it was written elsewhere, with its steps by key; tell whether anything was new.

    The map of that slug becomes so; without a slug, or where there is none, it is added.

    Raises:
        ForbiddenError: the actor is not staff.
        InvalidError: the map or a step cannot be used.
    """
    map_id = session.scalar(select(SuccessMap.id).where(SuccessMap.slug == slug)) if slug else None
    if map_id is None:
        success_map = add_map(session, actor=actor, draft=draft)
        success_map.slug = slug or success_map.slug
    else:
        success_map = change_map(session, actor=actor, map_id=map_id, draft=draft)
    written = [_new_step(key, position, step) for position, (key, step) in enumerate(steps.items(), start=1)]
    if [step.content() for step in written] == [step.content() for step in success_map.steps]:
        is_new = success_map.latest.published_at is None
    else:
        version = _draft_of(session, success_map)
        version.steps.clear()
        session.flush()
        version.steps.extend(written)
        _settle(session, version)
        is_new = True
    publish(session, actor=actor, map_id=success_map.id, now=now)
    return success_map, is_new


def _new_step(key: str, position: int, draft: StepDraft) -> MapStep:
    step = MapStep(key=key, position=position)
    _write_step(step, draft)
    return step


def discard(session: Session, *, actor: Actor, map_id: int) -> None:
    """Throw a map's draft away and go on with the published version.

    Raises:
        NotFoundError: no such map that the actor may see.
        ConflictError: there is no draft, or nothing to go back to.
    """
    success_map = queries.held_map_for(session, actor, map_id)
    if success_map.latest.published_at or not success_map.published:
        raise ConflictError(N_("There is no draft that could be thrown away."))
    session.delete(success_map.versions.pop())
    session.flush()


def _draft_of(session: Session, success_map: SuccessMap) -> MapVersion:
    """Return the version that is worked on; begin one where there is none."""
    latest = success_map.latest
    if latest.published_at is None:
        return latest
    steps = [MapStep(**step.content()) for step in latest.steps]
    draft = MapVersion(number=latest.number + 1, steps=steps)
    success_map.versions.append(draft)
    session.flush()
    return draft


def _in_draft(session: Session, actor: Actor, step_id: int) -> tuple[MapStep, MapVersion]:
    """Return the step that a step of any version stands for in its map's draft, which is begun if need be."""
    step = queries.step_for(session, actor, step_id)
    version = _draft_of(session, queries.held_map_for(session, actor, step.version.success_map_id))
    return next(same for same in version.steps if same.key == step.key), version


def _settle(session: Session, version: MapVersion) -> None:
    """Number the steps anew, and make sure that they can be done."""
    for position, step in enumerate(version.steps, start=1):
        step.position = position
    check_order(version.steps)
    session.flush()


def _write_step(step: MapStep, draft: StepDraft) -> None:
    step.titles, step.reasons, step.stage = map(_texts, (draft.titles, draft.reasons, draft.stage))
    if not step.titles:
        raise InvalidError(N_("Give the step a title in at least one language."), field="title_en")
    step.instrument, step.reference = draft.instrument, draft.reference.strip()
    step.quiz = {language: questions for language, questions in draft.quiz.items() if questions} or None
    step.owner, step.role = draft.owner, draft.role
    step.minutes = draft.minutes
    step.due_after_days, step.counted_from = draft.due_after_days, draft.counted_from
    step.needs = list(draft.needs)
    step.is_required, step.milestone = draft.is_required, draft.milestone
    step.proof = draft.proof.stored() if draft.proof else None


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}
