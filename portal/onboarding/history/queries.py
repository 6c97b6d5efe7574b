"""Reads of the history of checklists: for exactly those who see the checklist."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.accounts.actors import Actor
from portal.core.paging import Cursor, Page
from portal.onboarding.history.models import ChecklistAct
from portal.onboarding.models import Checklist
from portal.onboarding.queries import checklist_for

NEWEST: Final = 5
PAGE_SIZE: Final = 50


def newest_acts_of(session: Session, checklists: Sequence[Checklist]) -> Mapping[int, Sequence[ChecklistAct]]:
    """Return the newest acts of checklists that were read for an actor, by the checklist's id."""
    order = (ChecklistAct.at.desc(), ChecklistAct.id.desc())
    place = func.row_number().over(partition_by=ChecklistAct.checklist_id, order_by=order).label("place")
    ids = [checklist.id for checklist in checklists]
    rows = select(ChecklistAct, place).where(ChecklistAct.checklist_id.in_(ids)).subquery()
    act = aliased(ChecklistAct, rows)
    query = (
        select(act)
        .options(joinedload(act.actor))
        .where(rows.c.place <= NEWEST)
        .order_by(act.at.desc(), act.id.desc())
    )
    acts: defaultdict[int, list[ChecklistAct]] = defaultdict(list)
    for each in session.scalars(query):
        acts[each.checklist_id].append(each)
    return acts


def acts_for(
    session: Session,
    actor: Actor,
    checklist_id: int,
    *,
    step_id: int | None = None,
    after: Cursor | None = None,
) -> Page[ChecklistAct]:
    """Return a page of a checklist's history, or of one of its steps', the newest first.

    Raises:
        NotFoundError: no such checklist that the actor may see.
    """
    checklist_for(session, actor, checklist_id)
    query = (
        select(ChecklistAct)
        .options(joinedload(ChecklistAct.actor))
        .where(ChecklistAct.checklist_id == checklist_id)
        .order_by(ChecklistAct.at.desc(), ChecklistAct.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if step_id is not None:
        query = query.where(ChecklistAct.step_id == step_id)
    if after is not None:
        query = query.where(after.after(ChecklistAct.at, ChecklistAct.id))
    rows = session.scalars(query).all()
    last = rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None
    return Page(rows=rows[:PAGE_SIZE], next_cursor=Cursor(at=last.at, id=last.id).encode() if last else None)
