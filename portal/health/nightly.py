"""What the clock does about health: days that have ended get their final scores."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import site_day
from portal.core.db import db, transaction
from portal.health import service
from portal.health.models import HealthScore

_DAY: Final = timedelta(days=1)


def score_all(*, now: datetime) -> int:
    """Settle every ended day that is not settled, one transaction an account; return how many."""
    reading = db.session()
    unsettled = _unsettled_days(reading, today=site_day(now))
    reading.rollback()
    count = 0
    for account_id, days in unsettled.items():
        with transaction(wake=False) as session:
            count += service.score_days(session, account_id=account_id, days=days, now=now)
    return count


def _unsettled_days(session: Session, *, today: date) -> Mapping[int, Sequence[date]]:
    """Return the ended days that have no final score, by account.

    They are those that a late signal has touched, and those since the last day that has a score; yesterday
    where there is none.
    """
    ended = HealthScore.day < today
    days: dict[int, list[date]] = defaultdict(list)
    touched = select(HealthScore.account_id, HealthScore.day).where(ended, ~HealthScore.is_settled)
    for account_id, day in session.execute(touched):
        days[account_id].append(day)
    latest = select(HealthScore.account_id, func.max(HealthScore.day)).where(ended)
    scored_until = dict(session.execute(latest.group_by(HealthScore.account_id)).all())
    yesterday = today - _DAY
    for account in session.scalars(select(Account)):
        day = scored_until.get(account.id, yesterday - _DAY) + _DAY
        while day <= min(service.last_scored_day(account, today=today), yesterday):
            days[account.id].append(day)
            day += _DAY
    return days
