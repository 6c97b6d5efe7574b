"""Keeping the history of checklists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.batches import batches
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist, ChecklistStep

BATCH: Final = 500


def note(
    session: Session,
    act: Act,
    about: Checklist | ChecklistStep,
    *,
    actor: Actor,
    now: datetime,
    **data: Any,
) -> ChecklistAct:
    """Note what an actor did to a checklist, or to a step of one, at a UTC time; `data` fits into JSON."""
    step = about if isinstance(about, ChecklistStep) else None
    row = ChecklistAct(
        checklist_id=about.checklist_id if isinstance(about, ChecklistStep) else about.id,
        step_id=step and step.id,
        actor_id=actor.user_id,
        act=act,
        data={**({"step": step.titles} if step else {}), **data},
        at=now,
    )
    session.add(row)
    return row


def note_steps(session: Session, act: Act, at: Mapping[int, datetime], **data: Any) -> None:
    """Note what the site did to many steps by itself, each at a UTC time by the step's id."""
    for ids in batches(at, BATCH):
        told = select(ChecklistStep.id, ChecklistStep.checklist_id, ChecklistStep.titles)
        rows = session.execute(told.where(ChecklistStep.id.in_(ids)))
        acts = [
            {
                "checklist_id": checklist_id,
                "step_id": step_id,
                "act": act,
                "data": {"step": titles, **data},
                "at": at[step_id],
            }
            for step_id, checklist_id, titles in rows
        ]
        if acts:
            session.execute(insert(ChecklistAct), acts)
