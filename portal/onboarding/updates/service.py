"""Moving checklists to newer versions of their maps."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError
from portal.core.i18n import N_
from portal.events import ChecklistCompleted, FootingChanged
from portal.onboarding import policies, queries
from portal.onboarding.dates.service import keep_dates
from portal.onboarding.evidence.service import ask_for_proof
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.maps.queries import map_for
from portal.onboarding.models import CONTENT, Checklist, SuccessMap
from portal.onboarding.updates.rules import Update, update_to


def preview(session: Session, *, actor: Actor, checklist_id: int) -> Update:
    """Work out what would change if a checklist followed the published version of its map.

    Raises:
        NotFoundError: no such checklist that the actor may see.
        ForbiddenError: the actor is not staff.
        ConflictError: it follows that version already.
    """
    checklist = queries.checklist_for(session, actor, checklist_id)
    return _update(checklist, _map_of(session, actor, checklist))


def move(session: Session, *, actor: Actor, checklist_id: int, agreed: str, now: datetime) -> Checklist:
    """Let a checklist follow the published version of its map.

    `agreed` is the mark of the preview that the actor saw.

    Raises:
        NotFoundError: no such checklist that the actor may see.
        ForbiddenError: the actor is not staff.
        ConflictError: it follows that version already, or another change than the actor saw would follow.
    """
    checklist = queries.held_checklist_for(session, actor, checklist_id)
    success_map = _map_of(session, actor, checklist)
    update = _update(checklist, success_map)
    if update.mark != agreed:
        raise ConflictError(N_("The checklist has changed meanwhile. This is what moving it changes now."))
    numbers = {version.id: version.number for version in success_map.versions}
    before, was_open = numbers[checklist.version_id], not checklist.is_complete
    proofs = {step.key: step.proof for step in checklist.steps}
    keep_dates(session, checklist, update.days, now=now)
    carry_out(update)
    outbox.record(session, FootingChanged(account_id=checklist.account_id))
    ask_for_proof(session, [step for step in checklist.steps if step.proof != proofs.get(step.key)])
    note(session, Act.MOVED, checklist, actor=actor, now=now, before=before, after=update.version.number)
    if was_open and checklist.is_complete:
        outbox.record(session, ChecklistCompleted(checklist_id=checklist.id))
    return checklist


def _map_of(session: Session, actor: Actor, checklist: Checklist) -> SuccessMap:
    if not policies.may_plan(actor):
        raise ForbiddenError("move checklist")
    return map_for(session, actor, checklist.success_map_id)


def _update(checklist: Checklist, success_map: SuccessMap) -> Update:
    version = success_map.published
    if version is None or version.id == checklist.version_id:
        raise ConflictError(N_("This checklist follows the newest version of its map already."))
    return update_to(version, checklist)


def carry_out(update: Update) -> None:
    """Let a checklist become what an update says, and complete it if nothing required is left open."""
    checklist = update.checklist
    ours = {step.key: step for step in checklist.steps}
    for step in update.removed:
        checklist.steps.remove(step)
    for position, after in enumerate(update.steps, start=1):
        after.position = position
        step = ours.get(after.key, after)
        if step is after:
            checklist.steps.append(step)
        for name in CONTENT:
            setattr(step, name, getattr(after, name))
        step.due_on = update.days[step.key]
    checklist.steps.sort(key=lambda step: step.position)
    checklist.version, checklist.ends_on = update.version, update.ends_on
    if not checklist.is_complete:
        checklist.settle()
