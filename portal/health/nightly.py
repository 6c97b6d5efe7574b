"""What the clock does about health: days that have ended get their final scores."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.batches import batches
from portal.core.clock import site_day
from portal.core.db import db, transaction
from portal.health import service
from portal.health.models import HealthScore

log = logging.getLogger(__name__)

BATCH: Final = 25
"""So many accounts are settled in one transaction: other writers wait for it a tenth of a second or so."""
_DAY: Final = timedelta(days=1)


def score_all(*, now: datetime) -> int:
    """Settle every ended day that is not settled, a few accounts at a time; return how many."""
    reading = db.session()
    account_ids = reading.scalars(select(Account.id).order_by(Account.id)).all()
    reading.rollback()
    return sum(_settle_or_tell(some, now=now) for some in batches(account_ids, BATCH))


def _settle_or_tell(account_ids: Sequence[int], *, now: datetime) -> int:
    """Settle the days of some accounts; whatever is wrong with one, the others go on."""
    try:
        return _settle(account_ids, now=now)
    except Exception:
        log.exception("settling failed", extra={"account_ids": account_ids})
        if len(account_ids) == 1:
            return 0
    return sum(_settle_or_tell([account_id], now=now) for account_id in account_ids)


def _settle(account_ids: Collection[int], *, now: datetime) -> int:
    reading = db.session()
    unsettled = _unsettled_days(reading, account_ids, today=site_day(now))
    reading.rollback()
    if not unsettled:
        return 0
    with transaction(wake=False) as session:
        return service.score_accounts(session, unsettled, now=now)


def _unsettled_days(
    session: Session, account_ids: Collection[int], *, today: date
) -> Mapping[int, Sequence[date]]:
    """Return the ended days of some accounts that have no final score, by account.

    They are those that a late signal has touched, and those since the last day that has a score; yesterday
    where there is none.
    """
    ended = (HealthScore.account_id.in_(account_ids), HealthScore.day < today)
    days: dict[int, list[date]] = defaultdict(list)
    touched = select(HealthScore.account_id, HealthScore.day).where(*ended, ~HealthScore.is_settled)
    for account_id, day in session.execute(touched):
        days[account_id].append(day)
    latest = select(HealthScore.account_id, func.max(HealthScore.day)).where(*ended)
    scored_until = dict(session.execute(latest.group_by(HealthScore.account_id)).all())
    yesterday = today - _DAY
    for account in session.scalars(select(Account).where(Account.id.in_(account_ids))):
        day = scored_until.get(account.id, yesterday - _DAY) + _DAY
        while day <= min(service.last_scored_day(account, today=today), yesterday):
            days[account.id].append(day)
            day += _DAY
    return days
