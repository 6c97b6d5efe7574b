"""Writes to success maps and checklists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM, Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import StepCompleted, StepReopened
from portal.onboarding import policies, queries
from portal.onboarding.models import Checklist, ChecklistStep, MapStep, SuccessMap
from portal.onboarding.rules import Proof, due_on
from portal.web.slugs import slugify


@dataclass(frozen=True, kw_only=True)
class StepDraft:
    """What staff wrote about a step: texts by language, and a proof, None for a step done by hand."""

    titles: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    article_id: int | None = None
    due_after_days: int
    is_required: bool = True
    is_first_value: bool = False
    proof: Proof | None = None


def add_map(session: Session, *, actor: Actor, names: Mapping[str, str], persona: str = "") -> SuccessMap:
    """Add a success map without steps; `names` are by language.

    Raises:
        ForbiddenError: the actor is not staff.
        InvalidError: it has no name.
        ConflictError: there is one with that name.
    """
    _require_planner(actor)
    names = _texts(names)
    if not names:
        raise InvalidError(N_("Give the map a name in at least one language."), field="name_en")
    slug = slugify(next(iter(names.values())))
    if session.scalar(select(SuccessMap.id).where(SuccessMap.slug == slug)):
        raise ConflictError(N_("There is a success map with this name already."))
    success_map = SuccessMap(slug=slug, names=names, persona=persona.strip(), steps=[])
    session.add(success_map)
    session.flush()
    return success_map


def add_step(session: Session, *, actor: Actor, map_id: int, draft: StepDraft) -> MapStep:
    """Add a step at the end of a success map; checklists made before stay as they are.

    Raises:
        NotFoundError: no such map that the actor may see.
        InvalidError: the step has no title.
    """
    success_map = queries.map_for(session, actor, map_id)
    position = max((step.position for step in success_map.steps), default=0) + 1
    step = MapStep(position=position)
    _write_step(step, draft)
    success_map.steps.append(step)
    session.flush()
    return step


def change_step(session: Session, *, actor: Actor, step_id: int, draft: StepDraft) -> MapStep:
    """Change a step of a success map; checklists made before stay as they are.

    Raises:
        NotFoundError: no such step that the actor may see.
        InvalidError: the step has no title.
    """
    step = queries.map_step_for(session, actor, step_id)
    _write_step(step, draft)
    return step


def remove_step(session: Session, *, actor: Actor, step_id: int) -> int:
    """Remove a step from its success map; return the map's id. Checklists made before stay as they are.

    Raises:
        NotFoundError: no such step that the actor may see.
    """
    step = queries.map_step_for(session, actor, step_id)
    session.delete(step)
    return step.success_map_id


def _write_step(step: MapStep, draft: StepDraft) -> None:
    step.titles, step.reasons = _texts(draft.titles), _texts(draft.reasons)
    if not step.titles:
        raise InvalidError(N_("Give the step a title in at least one language."), field="title_en")
    step.article_id, step.due_after_days = draft.article_id, draft.due_after_days
    step.is_required, step.is_first_value = draft.is_required, draft.is_first_value
    step.proof = draft.proof.stored() if draft.proof else None


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def start_checklist(
    session: Session, *, actor: Actor, account_id: int, map_id: int, started_on: date
) -> Checklist:
    """Make a success map concrete for an account: its steps as they are now, due counted from a day.

    Raises:
        NotFoundError: no such account or map that the actor may see.
        InvalidError: the map has no required step, so the checklist could never be completed.
        ConflictError: the account has a checklist of this map.
    """
    account = accounts.account_for(session, actor, account_id)
    success_map = queries.map_for(session, actor, map_id)
    if not any(step.is_required for step in success_map.steps):
        raise InvalidError(N_("Give the map at least one required step first."), field="account_id")
    same = (Checklist.account_id == account.id, Checklist.success_map_id == success_map.id)
    if session.scalar(select(Checklist.id).where(*same)):
        raise ConflictError(N_("%(account)s has a checklist of this map already."), account=account.name)
    steps = [_copy(step, started_on) for step in success_map.steps]
    checklist = Checklist(
        account=account,
        success_map=success_map,
        started_on=started_on,
        ends_on=max(step.due_on for step in steps if step.is_required),
        steps=steps,
    )
    session.add(checklist)
    session.flush()
    return checklist


def _copy(step: MapStep, started_on: date) -> ChecklistStep:
    return ChecklistStep(
        position=step.position,
        titles=step.titles,
        reasons=step.reasons,
        article_id=step.article_id,
        due_on=due_on(started_on, after_days=step.due_after_days),
        is_required=step.is_required,
        is_first_value=step.is_first_value,
        proof=step.proof,
    )


def complete_step(session: Session, *, actor: Actor, step_id: int, now: datetime) -> ChecklistStep:
    """Tick a step by hand; ticking it again changes nothing.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither a member of the account nor staff.
    """
    step = queries.step_for(session, actor, step_id)
    if not policies.may_complete(actor, step):
        raise ForbiddenError("complete step")
    if step.complete(at=now, by_id=actor.user_id):
        outbox.record(session, StepCompleted(step_id=step.id, at=now.isoformat()))
    return step


def complete_by_evidence(
    session: Session, *, step_id: int, signal_ids: Sequence[int], at: datetime
) -> ChecklistStep:
    """Complete a step that signals prove, the latest of them from a UTC time; nothing changes if it is done.

    Raises:
        NotFoundError: no such step.
    """
    step = queries.step_for(session, SYSTEM, step_id)
    if step.complete(at=at, proved_by=list(signal_ids)):
        outbox.record(session, StepCompleted(step_id=step.id, at=at.isoformat()))
    return step


def reopen_step(session: Session, *, actor: Actor, step_id: int, now: datetime) -> ChecklistStep:
    """Open a step again that was done; nothing changes if it is open.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither the champion, nor staff, nor the one who ticked the step.
    """
    step = queries.step_for(session, actor, step_id)
    if not policies.may_reopen(actor, step):
        raise ForbiddenError("reopen step")
    if step.reopen(at=now):
        outbox.record(session, StepReopened(step_id=step.id, at=now.isoformat()))
    return step


def _require_planner(actor: Actor) -> None:
    if not policies.may_plan(actor):
        raise ForbiddenError("plan onboarding")
