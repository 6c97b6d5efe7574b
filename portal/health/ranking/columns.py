"""The list's columns as the database computes them, so that it alone filters, sorts and cuts the list."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.core.orm import days_before
from portal.health.actions.models import NextAction
from portal.health.model import Band, Model
from portal.health.models import HealthScore
from portal.health.overrides.models import HealthOverride
from portal.health.overrides.rules import bounds_e4
from portal.health.queries import TREND_DAYS
from portal.health.ranking.rules import STEEP_TENTHS, Trend
from portal.health.rules import FULL_E4, ONE_E4

TENTH_E4: Final = ONE_E4 // 10
Latest: Final = aliased(HealthScore, name="latest")
Before: Final = aliased(HealthScore, name="earlier")

DELTA: Final = Latest.points_e4 // TENTH_E4 - Before.points_e4 // TENTH_E4
"""By how many tenths the shown score has changed in 28 days; null where it cannot be compared."""

BAND: Final = func.coalesce(cast(HealthOverride.band, String), Latest.band, "unknown")
"""How an account fares: as someone judges it, else as its score says."""


def joined(today: date) -> Select[Account]:
    """Select accounts with their latest score, that of 28 days before, the override and the next action.

    Only scores of the same model compare.
    """
    scored, planned = aliased(HealthScore), aliased(NextAction)
    last_day = select(func.max(scored.day)).where(scored.account_id == Account.id).correlate(Account)
    next_id = (
        select(planned.id)
        .where(planned.account_id == Account.id, planned.done_at.is_(None))
        .order_by(planned.due_on, planned.id)
        .limit(1)
        .correlate(Account)
    )
    own = Latest.account_id == Account.id
    earlier = and_(
        Before.account_id == Account.id,
        Before.day == days_before(Latest.day, TREND_DAYS),
        Before.model == Latest.model,
    )
    holding = and_(
        HealthOverride.account_id == Account.id,
        HealthOverride.ended_at.is_(None),
        HealthOverride.ends_on >= today,
    )
    return (
        select(Account)
        .select_from(Account)
        .outerjoin(Latest, and_(own, Latest.day == last_day.scalar_subquery()))
        .outerjoin(Before, earlier)
        .outerjoin(HealthOverride, holding)
        .outerjoin(NextAction, NextAction.id == next_id.scalar_subquery())
    )


def judged_e4(model: Model) -> ColumnElement[int]:
    """Return the points by which an account is ranked, as `overrides.rules.judged_e4` says; null for none."""
    computed = func.coalesce(Latest.points_e4, FULL_E4 // 2)
    nearest = []
    for band in Band:
        low, high = bounds_e4(model, band)
        clamped = case((computed < low, low), (computed > high, high), else_=computed)
        nearest.append((HealthOverride.band == band, clamped))
    return case(
        (HealthOverride.points_e4.is_not(None), HealthOverride.points_e4), *nearest, else_=Latest.points_e4
    )


def at_stake(model: Model) -> ColumnElement[int]:
    """Return what is at stake, as `rules.at_stake` says."""
    missing = FULL_E4 - func.coalesce(judged_e4(model), FULL_E4 // 2)
    return cast(Account.monthly_revenue, BigInteger) * missing // FULL_E4


def goes(trend: Trend) -> ColumnElement[bool]:
    """Select the accounts whose score went somewhere in 28 days."""
    return {
        Trend.FALLING: DELTA <= -STEEP_TENTHS,
        Trend.STEADY: and_(DELTA > -STEEP_TENTHS, DELTA < STEEP_TENTHS),
        Trend.RISING: DELTA >= STEEP_TENTHS,
    }[trend]


def orders(model: Model) -> Mapping[str, tuple[SQLColumnExpression[Any], ...]]:
    """Return what the list can be sorted by, each the most pressing first."""
    stake = at_stake(model).desc()
    return {
        "stake": (stake,),
        "name": (func.lower(Account.name),),
        "score": (func.coalesce(Latest.points_e4, -1), stake),
        "trend": (func.coalesce(DELTA, 0), stake),
        "renewal": (Account.renews_on.is_(null()), Account.renews_on, stake),
        "revenue": (Account.monthly_revenue.desc(), stake),
        "action": (NextAction.due_on.is_(null()), NextAction.due_on, stake),
    }


def named(text: str) -> ColumnElement[bool]:
    """Select the accounts whose name or external id holds a text, whatever the case."""
    return or_(
        Account.name.icontains(text, autoescape=True), Account.external_id.icontains(text, autoescape=True)
    )
