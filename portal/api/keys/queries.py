"""Reads of keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.passwords import hash_token
from portal.api.keys import policies
from portal.api.keys.models import ApiKey
from portal.api.keys.rules import Scope
from portal.core.errors import NotFoundError


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The system that asks; `last_used_at` is when its key was noted to be used before, None for never."""

    key_id: int
    name: str
    source: str
    scopes: frozenset[str]
    last_used_at: datetime | None


def caller_of(session: Session, *, key: str, now: datetime) -> Caller | None:
    """Return whose key this is; None when it is unknown, revoked or expired."""
    found = session.scalar(select(ApiKey).where(ApiKey.key_hash == hash_token(key)))
    if found is None or not found.works_at(now):
        return None
    return Caller(
        key_id=found.id,
        name=found.name,
        source=found.source,
        scopes=frozenset(found.scopes) & frozenset(Scope),
        last_used_at=found.last_used_at,
    )


def keys_for(session: Session, actor: Actor) -> Sequence[ApiKey]:
    """Return all keys, the newest first.

    Raises:
        NotFoundError: the actor may not see them.
    """
    if not policies.may_manage_keys(actor):
        raise NotFoundError("keys")
    query = select(ApiKey).options(joinedload(ApiKey.made_by))
    return session.scalars(query.order_by(ApiKey.made_at.desc(), ApiKey.id.desc())).all()


def key_for(session: Session, actor: Actor, key_id: int) -> ApiKey:
    """Return one key.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    found = session.get(ApiKey, key_id)
    if found is None or not policies.may_manage_keys(actor):
        raise NotFoundError("key")
    return found


def key_from(session: Session, source: str) -> ApiKey | None:
    """Return the newest key of a system, whether it works or not; None when it has had none."""
    return session.scalar(select(ApiKey).where(ApiKey.source == source).order_by(ApiKey.id.desc()).limit(1))
