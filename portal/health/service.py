"""Writes of scores: each is computed from the ledger, never from another score."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus
from portal.adoption.service import hold_accounts
from portal.core.clock import site_day, site_day_end
from portal.core.orm import insert_or_change
from portal.health.evidence import read_dossiers
from portal.health.model import Model
from portal.health.models import HealthScore, StaleScore
from portal.health.rules import Score, score
from portal.health.versions.queries import current_model, models_named

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


def refresh_scores(
    session: Session, marks: Iterable[StaleScore], scores: Iterable[ScoreRow], *, today: date
) -> int:
    """Store what was computed for today since the marks were read; earlier days are settled anew at night.

    A mark that was made again meanwhile stays. Where there is none, another worker knew at least as much:
    then nothing is stored. Return for how many accounts it was.
    """
    read = {mark.account_id: mark for mark in marks}
    hold_accounts(session, read)  # Before the marks, as whoever counts does: none waits in a circle.
    held = select(StaleScore).where(StaleScore.account_id.in_(read)).order_by(StaleScore.account_id)
    current = session.scalars(held.with_for_update()).all()
    for mark in current:
        earlier = read[mark.account_id]
        mine = HealthScore.account_id == mark.account_id
        late = (mine, HealthScore.day >= earlier.since, HealthScore.day < today, HealthScore.is_settled)
        session.execute(update(HealthScore).where(*late).values(is_settled=False))
        if (mark.marked_at, mark.marks) == (earlier.marked_at, earlier.marks):
            session.delete(mark)
    days = {mark.account_id: [today] for mark in current}
    _replace(session, days, [row for row in scores if row["account_id"] in days])
    return len(days)


def score_days(session: Session, *, account_id: int, days: Iterable[date], now: datetime) -> int:
    """Compute an account's scores of these days and store them; return how many there are."""
    return score_accounts(session, {account_id: set(days)}, now=now)


def score_accounts(session: Session, days: Mapping[int, Collection[date]], *, now: datetime) -> int:
    """Compute the scores of some accounts, each of days of its own, and store them; return how many."""
    hold_accounts(session, days)
    scores = compute_scores(session, days, now=now)
    _replace(session, days, scores)
    return len(scores)


def compute_scores(
    session: Session, days: Mapping[int, Collection[date]], *, now: datetime
) -> Sequence[ScoreRow]:
    """Score accounts, each as of the end of days of its own; today counts what came up to now.

    Days on which an account was not a customer, and days to come, have no score. A former day that was scored
    is scored by the same model again, all else by the one in use.
    """
    accounts = session.scalars(select(Account).where(Account.id.in_(days)).order_by(Account.id)).all()
    wanted = {account: _scored_days(account, days[account.id], today=site_day(now)) for account in accounts}
    rows = []
    for model, days_of in _by_model(session, wanted, today=site_day(now)):
        all_days = [day for own in days_of.values() for day in own]
        dossiers = read_dossiers(session, days_of, model=model, first=min(all_days), last=max(all_days))
        rows += [
            _row(model, account.id, day, score(model, dossiers[account.id].as_of(day), day), now=now)
            for account, own in days_of.items()
            for day in own
        ]
    return rows


def _by_model(
    session: Session, days: Mapping[Account, Collection[date]], *, today: date
) -> Iterator[tuple[Model, Mapping[Account, Sequence[date]]]]:
    """Yield each model with the days that it scores: a former day keeps the model that it was scored with."""
    current = current_model(session)
    former = {day for own in days.values() for day in own if day < today}
    kept = _versions(session, [account.id for account in days], former)
    models = {current.version: current, **models_named(session, set(kept.values()) - {current.version})}
    for version, model in models.items():
        mine = {
            account: [day for day in own if kept.get((account.id, day), current.version) == version]
            for account, own in days.items()
        }
        if scored := {account: own for account, own in mine.items() if own}:
            yield model, scored


def _versions(
    session: Session, account_ids: Collection[int], days: Collection[date]
) -> Mapping[tuple[int, date], str]:
    """Return the versions by which accounts are scored on these days, as far as they are."""
    if not days:
        return {}
    rows = session.execute(
        select(HealthScore.account_id, HealthScore.day, HealthScore.model).where(
            HealthScore.account_id.in_(account_ids), HealthScore.day.between(min(days), max(days))
        )
    )
    return {(account_id, day): version for account_id, day, version in rows}


def _scored_days(account: Account, days: Iterable[date], *, today: date) -> Sequence[date]:
    last = last_scored_day(account, today=today)
    return sorted(day for day in days if account.started_on <= day <= last)


def _replace(session: Session, days: Mapping[int, Collection[date]], scores: Sequence[ScoreRow]) -> None:
    """Store scores in place of all that these accounts have on these days."""
    accounts: dict[frozenset[date], list[int]] = defaultdict(list)
    for account_id, own in days.items():
        accounts[frozenset(own)].append(account_id)
    for same_days, ids in accounts.items():
        theirs = (HealthScore.account_id.in_(ids), HealthScore.day.in_(same_days))
        session.execute(delete(HealthScore).where(*theirs))
    if scores:
        session.execute(insert(HealthScore), scores)


def rebuild_scores(session: Session, *, account_id: int, now: datetime) -> int:
    """Make all scores of an account again; return how many.

    They are those of every day that has one, and at least of the last 180 days on which it was a customer.
    """
    account = session.get_one(Account, account_id)
    last = last_scored_day(account, today=site_day(now))
    stored = session.scalars(select(HealthScore.day).where(HealthScore.account_id == account_id))
    return score_days(session, account_id=account_id, days=_recent(last).union(stored), now=now)


def fit_scores(session: Session, *, account_id: int, now: datetime) -> int:
    """Drop an account's scores of days when it was no customer; make the missing ones, return how many.

    Missing are those of the last 180 days on which it was a customer.
    """
    hold_accounts(session, [account_id])
    account = session.get_one(Account, account_id, populate_existing=True)
    last, own = last_scored_day(account, today=site_day(now)), HealthScore.account_id == account_id
    outside = or_(HealthScore.day < account.started_on, HealthScore.day > last)
    session.execute(delete(HealthScore).where(own, outside))
    there = session.scalars(select(HealthScore.day).where(own))
    return score_days(session, account_id=account_id, days=_recent(last).difference(there), now=now)


def _recent(last: date) -> set[date]:
    return {last - number * _DAY for number in range(REBUILT_DAYS)}


def last_scored_day(account: Account, *, today: date) -> date:
    """Return the last day on which an account has a score: today, or the day it left."""
    if account.status is AccountStatus.CHURNED:
        return min(account.churned_on or account.started_on - _DAY, today)
    return today


def _row(model: Model, account_id: int, day: date, result: Score, *, now: datetime) -> ScoreRow:
    as_of = min(site_day_end(day), now)
    return {
        "account_id": account_id,
        "day": day,
        "as_of": as_of,
        "is_settled": as_of < now,
        "model": model.version,
        "points_e4": result.points_e4,
        "band": result.band and result.band.value,
        "coverage_e4": result.coverage_e4,
        "components": [asdict(component) for component in result.components],
    }
