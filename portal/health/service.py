"""Writes of scores: each is computed from the ledger, never from another score."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, insert, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus
from portal.core.clock import site_day, site_day_end
from portal.core.orm import insert_or_change
from portal.health.evidence import read_dossier
from portal.health.model import Model
from portal.health.models import HealthScore, StaleScore
from portal.health.queries import current_model
from portal.health.rules import Score, score

REBUILT_DAYS: Final = 180
_DAY: Final = timedelta(days=1)

ScoreRow = dict[str, Any]


def mark_stale(session: Session, *, since: Mapping[int, date], now: datetime) -> None:
    """Note that accounts have signals on or after a day, each its own, that their scores do not know."""
    marks = [
        {"account_id": account_id, "since": day, "marked_at": now, "marks": 1}
        for account_id, day in sorted(since.items())  # In order, so that none waits for another in a circle.
    ]
    if marks:
        insert_or_change(session, StaleScore, marks, unique="account_id", change=_mark_again)


def _mark_again(new: Mapping[str, ColumnElement[Any]]) -> dict[str, Any]:
    earlier = case((StaleScore.since < new["since"], StaleScore.since), else_=new["since"])
    return {"since": earlier, "marks": StaleScore.marks + 1}


def refresh_score(session: Session, mark: StaleScore, scores: Sequence[ScoreRow], *, today: date) -> bool:
    """Store what was computed for today since the mark was read; earlier days are settled anew at night.

    A mark that was made again meanwhile stays. Where there is none, another worker knew at least as much:
    then nothing is stored. Return whether it was.
    """
    current = session.get(StaleScore, mark.account_id, with_for_update=True)
    if current is None:
        return False
    late = (HealthScore.account_id == mark.account_id, HealthScore.day >= mark.since, HealthScore.day < today)
    session.execute(update(HealthScore).where(*late, HealthScore.is_settled).values(is_settled=False))
    _replace(session, mark.account_id, {today}, scores)
    if (current.marked_at, current.marks) == (mark.marked_at, mark.marks):
        session.delete(current)
    return True


def score_days(session: Session, *, account_id: int, days: Iterable[date], now: datetime) -> int:
    """Compute an account's scores of these days and store them; return how many there are."""
    wanted = set(days)
    scores = compute_scores(session, account_id=account_id, days=wanted, now=now)
    _replace(session, account_id, wanted, scores)
    return len(scores)


def compute_scores(
    session: Session, *, account_id: int, days: Collection[date], now: datetime
) -> Sequence[ScoreRow]:
    """Score an account as of the end of each day; today counts what came up to now.

    Days on which it was not a customer, and days to come, have no score.
    """
    account = session.get_one(Account, account_id)
    last = last_scored_day(account, today=site_day(now))
    scored = sorted(day for day in days if account.started_on <= day <= last)
    if not scored:
        return []
    model = current_model()
    dossier = read_dossier(session, account, model=model, until=scored[-1])
    rows = []
    for day in scored:
        as_of = min(site_day_end(day), now)
        row = _row(model, score(model, dossier.as_of(day), day))
        rows.append(row | {"account_id": account_id, "day": day, "as_of": as_of, "is_settled": as_of < now})
    return rows


def _replace(session: Session, account_id: int, days: Collection[date], scores: Sequence[ScoreRow]) -> None:
    mine = HealthScore.account_id == account_id
    session.execute(delete(HealthScore).where(mine, HealthScore.day.in_(days)))
    if scores:
        session.execute(insert(HealthScore), scores)


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


def _row(model: Model, result: Score) -> ScoreRow:
    return {
        "model": model.version,
        "points_e4": result.points_e4,
        "band": result.band and result.band.value,
        "coverage_e4": result.coverage_e4,
        "components": [asdict(component) for component in result.components],
    }
