"""Reads of what happened to the accounts of one of the staff; only staff see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus, User
from portal.core.errors import NotFoundError
from portal.core.orm import days_before
from portal.forum.experts.queries import waits
from portal.forum.models import Topic
from portal.health.actions.models import NextAction
from portal.health.actions.queries import actions_for
from portal.health.alerts.models import AccountAlert
from portal.health.alerts.queries import alerts_for
from portal.health.models import HealthScore
from portal.health.ranking.columns import TENTH_E4
from portal.health.ranking.queries import AccountFilter, RankedAccount, ranked_accounts_for
from portal.health.ranking.rules import STEEP_TENTHS, Renewal
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.overview.wanted import stuck_before

WEEK: Final = timedelta(days=7)
MOST_READ: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Mover:
    """An account whose shown score changed within a week; both in tenths of a point."""

    account: Account
    now: int
    delta: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Portfolio:
    """What moved among someone's accounts, and what waits for them; each list has the most pressing first."""

    manager: User
    down: Sequence[Mover]
    up: Sequence[Mover]
    alerts: Sequence[AccountAlert]
    renewals: Sequence[RankedAccount]
    actions: Sequence[NextAction]
    questions: Sequence[Topic]
    stuck: Sequence[ChecklistStep]


def portfolio_for(
    session: Session, actor: Actor, manager_id: int | None, *, today: date, since: datetime
) -> Portfolio:
    """Return what concerns the accounts that one of the staff manages; alerts are new from `since` on.

    Raises:
        NotFoundError: there is nobody like that among the staff, or the actor is not staff.
    """
    staff = accounts.staff_for(session, actor)
    manager = next((person for person in staff if person.id == manager_id), None)
    if manager is None:
        raise NotFoundError("portfolio")
    movers = _movers(session, manager.id)
    renewing = AccountFilter(manager_id=manager.id, renewal=Renewal.IN_60)
    return Portfolio(
        manager=manager,
        down=[mover for mover in movers if mover.delta <= -STEEP_TENTHS],
        up=[mover for mover in reversed(movers) if mover.delta >= STEEP_TENTHS],
        alerts=alerts_for(session, actor, manager_id=manager.id, since=since, size=MOST_READ),
        renewals=ranked_accounts_for(
            session, actor, renewing, today=today, order="renewal", size=MOST_READ, with_history=False
        ),
        actions=actions_for(session, actor, owner_id=manager.id, until=today + WEEK, size=MOST_READ),
        questions=_questions(session, manager.id),
        stuck=_stuck(session, manager.id, today=today),
    )


def _managed_by(manager_id: int) -> ColumnElement[bool]:
    return and_(Account.manager_id == manager_id, Account.status == AccountStatus.ACTIVE)


def _movers(session: Session, manager_id: int) -> Sequence[Mover]:
    """Return the accounts whose score can be compared with that of a week before, the deepest fall first."""
    latest, before = aliased(HealthScore), aliased(HealthScore)
    last_day = (
        select(func.max(HealthScore.day)).where(HealthScore.account_id == Account.id).correlate(Account)
    )
    week_before = and_(
        before.account_id == Account.id,
        before.day == days_before(latest.day, WEEK.days),
        before.model == latest.model,
    )
    rows = session.execute(
        select(Account, latest.points_e4, before.points_e4)
        .select_from(Account)
        .join(latest, and_(latest.account_id == Account.id, latest.day == last_day.scalar_subquery()))
        .join(before, week_before)
        .where(_managed_by(manager_id))
        .order_by(Account.id)
    )
    movers = [
        Mover(account=account, now=now // TENTH_E4, delta=now // TENTH_E4 - then // TENTH_E4)
        for account, now, then in rows
        if now is not None and then is not None
    ]
    return sorted(movers, key=lambda mover: mover.delta)


def _questions(session: Session, manager_id: int) -> Sequence[Topic]:
    asked = select(Topic).join(Account, Account.id == Topic.account_id).options(joinedload(Topic.author))
    oldest = asked.where(_managed_by(manager_id), waits()).order_by(Topic.created_at, Topic.id)
    return session.scalars(oldest.limit(MOST_READ)).all()


def _stuck(session: Session, manager_id: int, *, today: date) -> Sequence[ChecklistStep]:
    """Return the required steps that are overdue by more than 7 days, the latest first."""
    steps = (
        select(ChecklistStep)
        .join(ChecklistStep.checklist)
        .join(Checklist.account)
        .options(contains_eager(ChecklistStep.checklist).contains_eager(Checklist.account))
        .where(
            _managed_by(manager_id),
            ChecklistStep.is_required,
            ChecklistStep.completed_at.is_(None),
            ChecklistStep.due_on < stuck_before(today),
        )
    )
    return session.scalars(steps.order_by(ChecklistStep.due_on, ChecklistStep.id).limit(MOST_READ)).all()
