"""Reads of phases, and of what moves accounts from one to the next; only staff see them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.clock import site_day_end
from portal.health.model import Band
from portal.health.models import HealthScore
from portal.health.phases.models import AccountPhase, Ground, Phase
from portal.health.phases.rules import WELL_DAYS, Circumstances, Move, next_move
from portal.health.queries import account_for
from portal.onboarding.goals.models import Goal
from portal.onboarding.models import Checklist
from portal.onboarding.overview.wanted import number_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """In which phase an account is, and what would move it on.

    `since` and `ground` are None in the first phase; `now` are the circumstances at the end of a day.
    """

    phase: Phase
    since: datetime | None
    ground: Ground | None
    now: Circumstances


def stay_for(session: Session, actor: Actor, account_id: int, *, day: date) -> Stay:
    """Describe an account's phase as of the end of a day.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    row = session.get(AccountPhase, account_id)
    return Stay(
        phase=row.phase if row else Phase.ONBOARDING,
        since=row.since if row else None,
        ground=row.ground if row else None,
        now=circumstances(session, [account], day=day)[account_id],
    )


def moves(
    session: Session, accounts: Sequence[Account], *, day: date
) -> Iterator[tuple[Account, AccountPhase | None, Move]]:
    """Yield the accounts that leave their phase by the end of a day, and how."""
    ids = [account.id for account in accounts]
    rows = session.scalars(select(AccountPhase).where(AccountPhase.account_id.in_(ids)))
    phases = {row.account_id: row for row in rows}
    now = circumstances(session, accounts, day=day)
    for account in accounts:
        row = phases.get(account.id)
        if row and row.moved_on >= day:
            continue
        if move := next_move(row.phase if row else Phase.ONBOARDING, now[account.id]):
            yield account, row, move


def circumstances(session: Session, accounts: Sequence[Account], *, day: date) -> Mapping[int, Circumstances]:
    """Return what the phases of some accounts depend on at the end of a day, by account."""
    ids = [account.id for account in accounts]
    rows = [_by_account(session, query, ids) for query in (_checklists(day), _scores(day), _goals(day))]
    found = {}
    for account in accounts:
        own, score, goal = (row.get(account.id) for row in rows)
        found[account.id] = Circumstances(
            checklists=own.all if own else 0,
            all_done_at=own.at if own and own.begun and own.done == own.begun else None,
            days=(day - account.started_on).days,
            well_days=score.well if score else 0,
            is_at_risk=bool(score and score.risk),
            goals=goal.all if goal else 0,
            goals_reached=goal.reached if goal else 0,
        )
    return found


def _by_account(session: Session, query: Select[*tuple[Any, ...]], ids: Sequence[int]) -> Mapping[int, Any]:
    """Read the numbers of some accounts; the account is the first column."""
    account_id = query.selected_columns[0]
    rows = session.execute(query.where(account_id.in_(ids)).group_by(account_id))
    return {row.account_id: row for row in rows}


def _checklists(day: date) -> Select[*tuple[Any, ...]]:
    begun = Checklist.started_on <= day
    done = and_(begun, Checklist.completed_at <= site_day_end(day))
    return select(
        Checklist.account_id,
        func.count().label("all"),
        number_of(begun).label("begun"),
        number_of(done).label("done"),
        func.max(case((begun, Checklist.completed_at))).label("at"),
    )


def _scores(day: date) -> Select[*tuple[Any, ...]]:
    at_risk = and_(HealthScore.band == Band.AT_RISK, HealthScore.day == day)
    return select(
        HealthScore.account_id,
        number_of(HealthScore.band == Band.HEALTHY).label("well"),
        number_of(at_risk).label("risk"),
    ).where(
        HealthScore.is_settled,
        HealthScore.day > day - timedelta(days=WELL_DAYS),
        HealthScore.day <= day,
    )


def _goals(day: date) -> Select[*tuple[Any, ...]]:
    return select(
        Checklist.account_id,
        func.count().label("all"),
        number_of(Goal.reached_at <= site_day_end(day)).label("reached"),
    ).join(Goal, Goal.checklist_id == Checklist.id)
