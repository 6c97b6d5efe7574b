"""Reads of the ranked list; only staff see it. Whatever there is, a page of it costs two statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus, TouchTier
from portal.core.errors import NotFoundError
from portal.health.actions.models import NextAction
from portal.health.explanation import Change, change
from portal.health.model import Band, Model
from portal.health.models import HealthScore
from portal.health.overrides.models import HealthOverride
from portal.health.overrides.rules import judged_e4
from portal.health.queries import stored_score
from portal.health.ranking import columns
from portal.health.ranking.columns import Before, Latest
from portal.health.ranking.rules import Renewal, Trend, at_stake
from portal.health.reasons import Reason, reason_for
from portal.health.rules import Score
from portal.health.versions.queries import current_model, models_named

HISTORY_DAYS: Final = 90
DEFAULT_ORDER: Final = "stake"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountFilter:
    """Which accounts to list; None stands for any.

    The band is that of an override where one holds, else of the score, and `unknown` for neither. A
    `manager_id` of 0 asks for those that nobody manages. `name` is a part of a name or external id.
    """

    status: AccountStatus | None = AccountStatus.ACTIVE
    band: str | None = None
    tier: TouchTier | None = None
    plan: str | None = None
    manager_id: int | None = None
    trend: Trend | None = None
    renewal: Renewal | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedAccount:
    """An account in the list, with its latest score; None before the first.

    `change` is that of the last 28 days, None without a score of the same model then; `at_stake` is monthly
    revenue; `history` holds the days of the last 90 that have a score. `override` and `next_action` are None
    where there is none.
    """

    account: Account
    score: Score | None
    change: Change | None
    override: HealthOverride | None
    next_action: NextAction | None
    at_stake: int
    reason: Reason
    history: Sequence[tuple[date, int | None]]

    @property
    def points_e4(self) -> int | None:
        """The score in ten-thousandths of a point; None when there is none, or no evidence for one."""
        return self.score.points_e4 if self.score else None

    @property
    def band(self) -> Band | None:
        """The band of the score; None when there is none."""
        return self.score.band if self.score else None


def ranked_accounts_for(
    session: Session,
    actor: Actor,
    wanted: AccountFilter,
    *,
    today: date,
    order: str = DEFAULT_ORDER,
    first: int = 0,
    size: int | None = None,
    with_history: bool = True,
) -> Sequence[RankedAccount]:
    """Return accounts with their latest scores, the most revenue at stake first or in a named order.

    `size` is how many to return after the `first` ones, None for all.

    Raises:
        NotFoundError: the actor is not staff.
    """
    current = current_model(session)
    by_name = columns.orders(current)
    rows = session.execute(
        _wanted(actor, wanted, today=today)
        .add_columns(Latest, Before, HealthOverride, NextAction)
        .options(joinedload(Account.manager), joinedload(NextAction.owner))
        .order_by(*by_name.get(order, by_name[DEFAULT_ORDER]), Account.name, Account.id)
        .offset(first)
        .limit(size)
    ).all()
    ids = [row[0].id for row in rows] if with_history else []
    history = _histories(session, ids, since=today - HISTORY_DAYS * _DAY)
    models = models_named(session, {row[1].model for row in rows if row[1]})
    return [
        _ranked(*row, history=history[row[0].id], model=models[row[1].model] if row[1] else current)
        for row in rows
    ]


def count_for(session: Session, actor: Actor, wanted: AccountFilter, *, today: date) -> int:
    """Return how many accounts there are in the list.

    Raises:
        NotFoundError: the actor is not staff.
    """
    listed = _wanted(actor, wanted, today=today).with_only_columns(Account.id).subquery()
    return session.scalar(select(func.count()).select_from(listed)) or 0


def _wanted(actor: Actor, wanted: AccountFilter, *, today: date) -> Select[Account]:
    if not actor.is_staff:
        raise NotFoundError("accounts")
    conditions = {
        Account.status: wanted.status,
        Account.touch_tier: wanted.tier,
        Account.plan: wanted.plan,
        columns.BAND: wanted.band,
    }
    query = columns.joined(today)
    query = query.where(*(column == value for column, value in conditions.items() if value is not None))
    if wanted.manager_id is not None:
        query = query.where(Account.manager_id.is_not_distinct_from(wanted.manager_id or None))
    if wanted.trend is not None:
        query = query.where(columns.goes(wanted.trend))
    if wanted.renewal is not None:
        query = query.where(Account.renews_on.between(*wanted.renewal.days(today)))
    return query.where(columns.named(wanted.name)) if wanted.name else query


def _histories(
    session: Session, account_ids: Sequence[int], *, since: date
) -> Mapping[int, Sequence[tuple[date, int | None]]]:
    history: defaultdict[int, list[tuple[date, int | None]]] = defaultdict(list)
    if not account_ids:
        return history
    rows = session.execute(
        select(HealthScore.account_id, HealthScore.day, HealthScore.points_e4)
        .where(HealthScore.account_id.in_(account_ids), HealthScore.day > since)
        .order_by(HealthScore.day)
    )
    for account_id, day, points_e4 in rows:
        history[account_id].append((day, points_e4))
    return history


def _ranked(
    account: Account,
    latest: HealthScore | None,
    before: HealthScore | None,
    override: HealthOverride | None,
    next_action: NextAction | None,
    *,
    history: Sequence[tuple[date, int | None]],
    model: Model,
) -> RankedAccount:
    after = stored_score(latest) if latest else None
    since = change(stored_score(before), after) if before and after else None
    points_e4 = after.points_e4 if after else None
    judged = judged_e4(model, points_e4, override.band, override.points_e4) if override else points_e4
    return RankedAccount(
        account=account,
        score=after,
        change=since,
        override=override,
        next_action=next_action,
        at_stake=at_stake(account.monthly_revenue, judged),
        reason=reason_for(model, after, since),
        history=history,
    )
