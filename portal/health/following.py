"""Scores follow the ledger: an account is scored once for all the signals that came since it last was."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.health import service
from portal.health.models import StaleScore

log = logging.getLogger(__name__)

BATCH: Final = 25


def follow(*, marked_until: datetime | None = None) -> int:
    """Score a few of the stale accounts, the longest stale first; return how many were.

    With an instant only those that were stale by then.
    """
    marks = _stale(marked_until)
    try:
        return _score(marks)
    except Exception:  # Whatever is wrong with one account, the others go on.
        log.exception("scoring together failed", extra={"account_ids": [mark.account_id for mark in marks]})
        return sum(map(_score_alone, marks))


def _stale(marked_until: datetime | None) -> Sequence[StaleScore]:
    query = select(StaleScore).order_by(StaleScore.marked_at, StaleScore.account_id).limit(BATCH)
    if marked_until is not None:
        query = query.where(StaleScore.marked_at <= marked_until)
    session = db.session()
    session.rollback()
    marks = session.scalars(query).all()
    session.expunge_all()
    session.rollback()
    return marks


def _score(marks: Sequence[StaleScore]) -> int:
    """Compute beside the other writers, then store; the marks last until then."""
    if not marks:
        return 0
    now = utc_now()  # Later than the marks, and so than the signals they stand for.
    today = site_day(now)
    scores = service.compute_scores(db.session(), {mark.account_id: [today] for mark in marks}, now=now)
    with transaction(wake=False) as session:
        return service.refresh_scores(session, marks, scores, today=today)


def _score_alone(mark: StaleScore) -> int:
    try:
        return _score([mark])
    except Exception:
        log.exception("scoring failed", extra={"account_id": mark.account_id})
        _put_last(mark)
        return 0


def _put_last(mark: StaleScore) -> None:
    with transaction(wake=False) as session:
        mine = StaleScore.account_id == mark.account_id
        session.execute(update(StaleScore).where(mine).values(marked_at=utc_now()))
