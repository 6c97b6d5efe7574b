"""Versions are tried in the background, a few accounts at a time, beside whoever writes meanwhile."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.health.evidence import Dossier, read_dossiers
from portal.health.model import Model
from portal.health.rules import score
from portal.health.versions import service
from portal.health.versions.models import ModelPreview
from portal.health.versions.queries import accounts_to_score, loaded, model_named

log = logging.getLogger(__name__)

BATCH: Final = 25


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
    with transaction(wake=False) as writing:
        service.keep_previewed(writing, preview, rows, tried=accounts, now=utc_now())
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
    both = replace(before, components=(*before.components, *after.components))
    dossiers = read_dossiers(session, accounts, model=both, first=preview.day, last=preview.day)
    scored = (_scored(preview, dossiers[account.id], before, after) for account in accounts)
    rows = [
        {"model_id": preview.model_id, "account_id": account.id} | row
        for account, row in zip(accounts, scored, strict=True)
        if row
    ]
    return [account.id for account in accounts], rows


def _scored(preview: ModelPreview, dossier: Dossier, before: Model, after: Model) -> dict[str, Any]:
    """Score an account by both versions; nothing if something is wrong with it, so that the others go on."""
    try:
        known = dossier.as_of(preview.day)
        old, new = score(before, known, preview.day), score(after, known, preview.day)
    except Exception:
        log.exception("a version cannot score an account", extra={"model_id": preview.model_id})
        return {}
    return {
        "before_e4": old.points_e4,
        "before_band": old.band,
        "after_e4": new.points_e4,
        "after_band": new.band,
    }
