"""Reads of all checklists at once; only staff see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.errors import NotFoundError
from portal.core.paging import DayCursor, Page
from portal.onboarding.models import Checklist, ChecklistStep, SuccessMap
from portal.onboarding.overview.wanted import Wanted, is_open, is_staff, number_of, pays, stuck_before
from portal.onboarding.rules import Standing, days_late, standing_of

CHECKLISTS_A_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedChecklist:
    """A checklist as it stands; `latest` is the open required step due first, None when all are done."""

    checklist: Checklist
    latest: ChecklistStep | None
    standing: Standing
    days_late: int
    done: int
    total: int


def checklists_for(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    today: date,
    standing: Standing | None = None,
    after: DayCursor | None = None,
    size: int = CHECKLISTS_A_PAGE,
) -> Page[ListedChecklist]:
    """Return checklists of accounts that pay, those that need someone first before the others."""
    latest = _latest(today)
    urgency = _urgency(latest, today)
    query = (
        select(Checklist, ChecklistStep, urgency)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .outerjoin(latest, latest.c.checklist_id == Checklist.id)
        .outerjoin(ChecklistStep, ChecklistStep.id == latest.c.id)
        .options(
            contains_eager(Checklist.account).joinedload(Account.manager),
            contains_eager(Checklist.success_map),
        )
        .where(wanted.seen_by(actor), pays(today))
        .order_by(urgency, Account.name, Checklist.id)
        .limit(size + 1)
    )
    if standing is not None:
        query = query.where(_standing(latest, today) == standing)
    if after is not None:
        query = query.where(after.after(urgency, Account.name, Checklist.id))
    page = Page.cut(session.execute(query).all(), size, _place)
    done = _required_steps(session, [row.Checklist.id for row in page.rows], today)
    rows = [_listed(row.Checklist, row.ChecklistStep, done[row.Checklist.id], today) for row in page.rows]
    return Page(rows=rows, next_cursor=page.next_cursor)


def standing_counts_for(
    session: Session, actor: Actor, wanted: Wanted, *, today: date
) -> Mapping[Standing, int]:
    """Return how many checklists of accounts that pay stand how, the worst first."""
    latest = _latest(today)
    each = (
        select(_standing(latest, today).label("standing"))
        .select_from(Checklist)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .outerjoin(latest, latest.c.checklist_id == Checklist.id)
        .where(wanted.seen_by(actor), pays(today))
        .subquery()
    )
    counts: dict[str, int] = dict(
        session.execute(select(each.c.standing, func.count()).group_by(each.c.standing)).all()
    )
    return {standing: counts.get(standing, 0) for standing in Standing}


def maps_for(session: Session, actor: Actor) -> Sequence[SuccessMap]:
    """Return the success maps without their versions, oldest first; nothing for anyone but staff."""
    return session.scalars(select(SuccessMap).where(is_staff(actor)).order_by(SuccessMap.id)).all()


def map_named(session: Session, actor: Actor, slug: str) -> SuccessMap:
    """Return the success map of a slug, without its versions.

    Raises:
        NotFoundError: no such map that the actor may see.
    """
    success_map = session.scalar(select(SuccessMap).where(is_staff(actor), SuccessMap.slug == slug))
    if success_map is None:
        raise NotFoundError("success map")
    return success_map


def _place(row: Any) -> DayCursor:
    return DayCursor(day=row[-1], name=row.Checklist.account.name, id=row.Checklist.id)


def _listed(
    checklist: Checklist, latest: ChecklistStep | None, steps: tuple[int, int], today: date
) -> ListedChecklist:
    done, total = steps
    return ListedChecklist(
        checklist=checklist,
        latest=latest,
        standing=standing_of(latest, today=today),
        days_late=days_late(latest, today=today) if latest else 0,
        done=done,
        total=total,
    )


def _required_steps(
    session: Session, checklist_ids: Sequence[int], today: date
) -> Mapping[int, tuple[int, int]]:
    """Return how many required steps are done, and how many there are, by checklist."""
    rows = session.execute(
        select(ChecklistStep.checklist_id, number_of(~is_open(today)), func.count())
        .where(ChecklistStep.checklist_id.in_(checklist_ids), ChecklistStep.is_required)
        .group_by(ChecklistStep.checklist_id)
    )
    return {checklist_id: (done, total) for checklist_id, done, total in rows}


def _latest(today: date) -> Subquery:
    """Select the open required step of each checklist that is due first, as `path_of` chooses it."""
    place = func.row_number().over(
        partition_by=ChecklistStep.checklist_id, order_by=(ChecklistStep.due_on, ChecklistStep.position)
    )
    waiting = (
        select(ChecklistStep.id, ChecklistStep.checklist_id, ChecklistStep.due_on, place.label("place"))
        .where(ChecklistStep.is_required, is_open(today))
        .subquery()
    )
    return select(waiting).where(waiting.c.place == 1).subquery()


def _standing(latest: Subquery, today: date) -> ColumnElement[str]:
    """Say how checklists stand, as `standing_of` does."""
    due_on = latest.c.due_on
    return case(
        (due_on.is_(None), Standing.COMPLETED),
        (due_on < stuck_before(today), Standing.STUCK),
        (due_on < today, Standing.SLIPPING),
        else_=Standing.ON_TRACK,
    )


def _urgency(latest: Subquery, today: date) -> ColumnElement[date]:
    """Sort checklists as `urgency` does but for the names: what is not yet due is equally pressing."""
    due_on = latest.c.due_on
    return case((due_on.is_(None), date.max), (due_on > today, today), else_=due_on).label("urgency")
