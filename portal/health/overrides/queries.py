"""Reads of overrides; only staff see them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.health.overrides.models import HealthOverride
from portal.health.queries import account_for


def overrides_for(session: Session, actor: Actor, account_id: int) -> Sequence[HealthOverride]:
    """Return all overrides that an account ever had, the latest first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    mine = _overrides().where(HealthOverride.account_id == account_id)
    return session.scalars(mine.order_by(HealthOverride.id.desc())).all()


def override_for(session: Session, actor: Actor, account_id: int, *, day: date) -> HealthOverride | None:
    """Return the override that stands beside an account's score on a day; None if none does.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    kept = kept_of(session, account_for(session, actor, account_id))
    return kept if kept and kept.holds_on(day) else None


def kept_of(session: Session, account: Account) -> HealthOverride | None:
    """Return an account's last override unless it was ended, though its last day may have passed."""
    mine = (HealthOverride.account_id == account.id, HealthOverride.ended_at.is_(None))
    return session.scalar(_overrides().where(*mine))


def latest_of(session: Session, account_id: int) -> HealthOverride | None:
    """Return the override that was set last, ended or not."""
    mine = _overrides().where(HealthOverride.account_id == account_id)
    return session.scalar(mine.order_by(HealthOverride.id.desc()).limit(1))


def _overrides() -> Select[HealthOverride]:
    return select(HealthOverride).options(
        joinedload(HealthOverride.set_by), joinedload(HealthOverride.ended_by)
    )
