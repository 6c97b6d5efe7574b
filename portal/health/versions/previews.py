"""Versions are tried in the background, a few accounts at a time, beside whoever writes meanwhile."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.health.evidence import read_dossier
from portal.health.model import Model
from portal.health.rules import Score, score
from portal.health.versions import service
from portal.health.versions.models import ModelPreview
from portal.health.versions.queries import accounts_to_score, loaded, model_named

log = logging.getLogger(__name__)

BATCH: Final = 10


def follow() -> int:
    """Try the version that has waited longest on a few accounts; return how much was done, 0 at the end."""
    session = db.session()
    session.rollback()
    waiting = select(ModelPreview).options(joinedload(ModelPreview.model))
    preview = session.scalar(
        waiting.where(ModelPreview.finished_at.is_(None)).order_by(ModelPreview.started_at).limit(1)
    )
    if preview is None:
        return 0
    accounts, rows = _tried(session, preview)
    session.expunge_all()
    session.rollback()
    with transaction(wake=False) as session:
        service.keep_previewed(session, preview, rows, tried=accounts, now=utc_now())
    return max(1, len(accounts))


def _tried(session: Session, preview: ModelPreview) -> tuple[Sequence[int], list[dict[str, Any]]]:
    """Return which accounts come next, and both scores of those that can be scored."""
    try:
        before, after = model_named(session, preview.against), loaded(preview.model.text)
    except Exception:  # A version that nobody can read any more must not keep the worker from all else.
        log.exception("a version cannot be tried", extra={"model_id": preview.model_id})
        return [], []
    query = accounts_to_score(started_by=preview.day).where(Account.id > preview.done_until)
    accounts = session.scalars(query.limit(BATCH)).all()
    rows = []
    for account in accounts:
        try:
            old, new = both_scores(session, account, before, after, day=preview.day)
            rows.append(_row(preview.model_id, account.id, old, new))
        except Exception:  # Whatever is wrong with one account, the others go on.
            log.exception("a version cannot score", extra={"account_id": account.id})
    return [account.id for account in accounts], rows


def both_scores(
    session: Session, account: Account, before: Model, after: Model, *, day: date
) -> tuple[Score, Score]:
    """Score an account by two models as of a day, from one reading of what is known of it."""
    both = replace(before, components=(*before.components, *after.components))
    known = read_dossier(session, account, model=both, until=day).as_of(day)
    return score(before, known, day), score(after, known, day)


def _row(model_id: int, account_id: int, before: Score, after: Score) -> dict[str, Any]:
    return {
        "model_id": model_id,
        "account_id": account_id,
        "before_e4": before.points_e4,
        "before_band": before.band,
        "after_e4": after.points_e4,
        "after_band": after.band,
    }
