"""Writes of validations: they are asked for, taken by a worker, and kept."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError
from portal.health.validation import queries
from portal.health.validation.models import Validation
from portal.health.validation.report import Report

GIVEN_UP_AFTER: Final = timedelta(minutes=2)
"""A worker that has not been heard of for so long has been killed: another begins again."""


def ask(session: Session, *, actor: Actor, now: datetime) -> Validation:
    """Ask for a validation; while one is waiting or under way, that is it.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    if not actor.is_staff:
        raise ForbiddenError("ask for validation")
    waiting = queries.latest_for(session, actor, finished=False)
    if waiting:
        return waiting
    asked = Validation(asked_at=now, done=0, total=0)
    session.add(asked)
    session.flush()
    return asked


def take(session: Session, *, now: datetime) -> int | None:
    """Take the validation that waits for a worker; return its id, None when none waits."""
    waiting = session.scalar(
        select(Validation)
        .where(
            Validation.finished_at.is_(None),
            or_(Validation.touched_at.is_(None), Validation.touched_at < now - GIVEN_UP_AFTER),
        )
        .order_by(Validation.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if waiting is None:
        return None
    waiting.touched_at, waiting.done = now, 0
    return waiting.id


def note_progress(session: Session, validation_id: int, *, done: int, total: int, now: datetime) -> None:
    """Say how far a validation has come."""
    validation = session.get_one(Validation, validation_id)
    validation.done, validation.total, validation.touched_at = done, total, now


def finish(session: Session, validation_id: int, *, report: Report, now: datetime) -> None:
    """Keep what a validation found."""
    validation = session.get_one(Validation, validation_id)
    validation.report, validation.finished_at = report.as_document(), now
