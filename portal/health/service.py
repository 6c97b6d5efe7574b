"""Writes of scores: each is computed from the ledger, never from another score."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus
from portal.core.clock import site_day, site_day_end
from portal.health.evidence import read_dossier
from portal.health.model import Model
from portal.health.models import HealthScore
from portal.health.queries import current_model
from portal.health.rules import Score, score

REBUILT_DAYS: Final = 180
_DAY: Final = timedelta(days=1)


def refresh_score(session: Session, *, account_id: int, since: date, now: datetime) -> None:
    """Score an account's day so far again; its earlier days from `since` on are settled anew at night."""
    today = site_day(now)
    late = (HealthScore.account_id == account_id, HealthScore.day >= since, HealthScore.day < today)
    session.execute(update(HealthScore).where(*late, HealthScore.is_settled).values(is_settled=False))
    score_days(session, account_id=account_id, days=[today], now=now)


def score_days(session: Session, *, account_id: int, days: Iterable[date], now: datetime) -> int:
    """Score an account as of the end of each day, or as of now while a day goes on; return how many.

    Days on which it was not a customer, and days to come, have no score.
    """
    account = session.get_one(Account, account_id)
    last = last_scored_day(account, today=site_day(now))
    wanted = set(days)
    scored = sorted(day for day in wanted if account.started_on <= day <= last)
    mine = HealthScore.account_id == account_id
    session.execute(delete(HealthScore).where(mine, HealthScore.day.in_(wanted)))
    if not scored:
        return 0
    model = current_model()
    dossier = read_dossier(session, account, model=model, until=min(site_day_end(scored[-1]), now))
    rows = []
    for day in scored:
        as_of = min(site_day_end(day), now)
        row = _row(model, score(model, dossier.as_of(as_of), as_of))
        rows.append(row | {"account_id": account_id, "day": day, "as_of": as_of, "is_settled": as_of < now})
    session.execute(insert(HealthScore), rows)
    return len(rows)


def rebuild_scores(session: Session, *, account_id: int, now: datetime) -> int:
    """Make all scores of an account again; return how many.

    They are those of every day that has one, and at least of the last 180 days on which it was a customer.
    """
    account = session.get_one(Account, account_id)
    last = last_scored_day(account, today=site_day(now))
    recent = [last - number * _DAY for number in range(REBUILT_DAYS)]
    stored = session.scalars(select(HealthScore.day).where(HealthScore.account_id == account_id))
    return score_days(session, account_id=account_id, days=[*recent, *stored], now=now)


def last_scored_day(account: Account, *, today: date) -> date:
    """Return the last day on which an account has a score: today, or the day it left."""
    if account.status is AccountStatus.CHURNED:
        return min(account.churned_on or account.started_on - _DAY, today)
    return today


def _row(model: Model, result: Score) -> dict[str, Any]:
    return {
        "model": model.version,
        "points_e4": result.points_e4,
        "band": result.band and result.band.value,
        "coverage_e4": result.coverage_e4,
        "components": [asdict(component) for component in result.components],
    }
