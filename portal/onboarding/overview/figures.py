"""Reads of what figures are made of, over all checklists that have begun; only staff see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.clock import site_day
from portal.onboarding.models import Checklist, ChecklistStep, Milestone, SuccessMap
from portal.onboarding.overview.rules import Run, StepCount, StepRun
from portal.onboarding.overview.wanted import Wanted, is_open, number_of, pays, stuck_before


def step_counts_for(session: Session, actor: Actor, wanted: Wanted, *, today: date) -> Sequence[StepCount]:
    """Return how many checklists that have begun have each step of each map, and how it stands there."""
    counts = session.execute(
        select(
            SuccessMap.slug,
            func.max(ChecklistStep.id).label("step_id"),
            func.count().label("started"),
            number_of(~is_open(today)).label("finished"),
            number_of(and_(is_open(today), ChecklistStep.due_on < _seen_until(today))).label("overdue"),
            number_of(_is_stuck(today)).label("stuck"),
        )
        .select_from(Checklist)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .join(Checklist.steps)
        .where(wanted.seen_by(actor), Checklist.started_on <= today)
        .group_by(SuccessMap.slug, ChecklistStep.key)
    ).all()
    newest = select(ChecklistStep).where(ChecklistStep.id.in_([row.step_id for row in counts]))
    steps = {step.id: step for step in session.scalars(newest)}
    return [
        StepCount(
            map=row.slug,
            step=steps[row.step_id],
            started=row.started,
            finished=row.finished,
            overdue=row.overdue,
            stuck=row.stuck,
        )
        for row in counts
    ]


def _seen_until(today: date) -> ColumnElement[date]:
    """Select the day until which a checklist is looked at: today, or the day on which its account left."""
    return case((Account.churned_on < today, Account.churned_on), else_=today)


def runs_for(session: Session, actor: Actor, wanted: Wanted, *, today: date) -> Sequence[Run]:
    """Return the checklists that have begun, with their steps, as figures look at them."""
    which = (wanted.seen_by(actor), Checklist.started_on <= today)
    steps = _step_runs(session, which, today)
    rows = session.execute(
        select(
            Checklist.id,
            Checklist.started_on,
            Checklist.ends_on,
            Checklist.completed_at,
            Account.touch_tier,
            Account.plan,
            Account.churned_on,
        )
        .join(Checklist.account)
        .join(Checklist.success_map)
        .where(*which)
        .order_by(Checklist.id)
    )
    return [
        Run(
            id=row.id,
            ends_on=row.ends_on,
            completed_on=_day(row.completed_at, today),
            tier=row.touch_tier,
            plan=row.plan,
            started_on=row.started_on,
            seen_until=min(today, row.churned_on or today),
            steps=steps[row.id],
        )
        for row in rows
    ]


def _step_runs(
    session: Session, which: Sequence[ColumnElement[bool]], today: date
) -> Mapping[int, Mapping[str, StepRun]]:
    """Return the steps of checklists by checklist and key."""
    steps: defaultdict[int, dict[str, StepRun]] = defaultdict(dict)
    rows = session.execute(
        select(
            ChecklistStep.checklist_id,
            ChecklistStep.key,
            ChecklistStep.completed_at,
            ChecklistStep.needs,
            ChecklistStep.milestone,
        )
        .join(ChecklistStep.checklist)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .where(*which)
    )
    for row in rows:
        steps[row.checklist_id][row.key] = StepRun(
            done_on=_day(row.completed_at, today),
            needs=row.needs,
            is_first_value=row.milestone is Milestone.FIRST_VALUE,
        )
    return steps


def stuck_at_for(
    session: Session, actor: Actor, wanted: Wanted, key: str, *, today: date
) -> Sequence[ChecklistStep]:
    """Return the steps of a key that hold up accounts that pay, with their checklists, the latest first."""
    return session.scalars(
        select(ChecklistStep)
        .join(ChecklistStep.checklist)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .options(
            contains_eager(ChecklistStep.checklist).options(
                contains_eager(Checklist.account), contains_eager(Checklist.success_map)
            )
        )
        .where(wanted.seen_by(actor), ChecklistStep.key == key, _is_stuck(today))
        .order_by(ChecklistStep.due_on, Account.name, ChecklistStep.id)
    ).all()


def _is_stuck(today: date) -> ColumnElement[bool]:
    """Select the steps that hold up an account that pays."""
    return and_(
        is_open(today), ChecklistStep.is_required, ChecklistStep.due_on < stuck_before(today), pays(today)
    )


def _day(at: datetime | None, today: date) -> date | None:
    """Return the day of an instant; None if it lies after today."""
    day = at and site_day(at)
    return day if day and day <= today else None
