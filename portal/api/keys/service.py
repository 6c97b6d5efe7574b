"""Writes to keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.passwords import hash_token
from portal.api.keys import policies, queries
from portal.api.keys.models import ApiKey
from portal.api.keys.rules import DAYS, LONGEST_NAME, SOURCE, Scope, ending_of, new_key, source_named
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.texts import is_written

USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyDraft:
    """What an admin decides about a key.

    An empty `source` is made from the name; `days` is None for a key that lasts until it is revoked.
    """

    name: str
    scopes: Collection[Scope]
    source: str = ""
    days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeKey:
    """A new key, and its text, which is kept nowhere."""

    row: ApiKey
    text: str


def make_key(session: Session, *, actor: Actor, draft: KeyDraft, now: datetime) -> MadeKey:
    """Make a key for another system.

    Raises:
        ForbiddenError: the actor is no admin.
        InvalidError: the draft cannot be used.
    """
    if not policies.may_manage_keys(actor):
        raise ForbiddenError("make a key")
    name = draft.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not is_written(name):
        raise InvalidError(
            N_("A key needs a name of at most %(longest)s characters that can be printed."),
            field="name",
            longest=LONGEST_NAME,
        )
    if not draft.scopes:
        raise InvalidError(N_("Choose at least one thing that the key may do."), field="scopes")
    if draft.days not in {None, *DAYS}:
        raise InvalidError(N_("Choose for how long the key shall work."), field="days")
    text = new_key()
    row = ApiKey(
        name=name,
        source=_source(session, name, draft.source.strip()),
        key_hash=hash_token(text),
        ending=ending_of(text),
        scopes=[scope.value for scope in Scope if scope in draft.scopes],
        made_at=now,
        made_by_id=actor.user_id,
        expires_at=now + timedelta(days=draft.days) if draft.days else None,
    )
    session.add(row)
    session.flush()
    return MadeKey(row=row, text=text)


def _source(session: Session, name: str, chosen: str) -> str:
    """Return the system's name; only who writes it shares it with older keys, and so their signals' keys."""
    source = chosen or source_named(name)
    if not SOURCE.fullmatch(source):
        raise InvalidError(
            N_("Name the system with lower-case letters, digits and hyphens, such as billing."),
            field="source",
        )
    if not chosen and (other := queries.key_from(session, source)):
        raise InvalidError(
            N_(
                "“%(other)s” is a key of the system %(source)s already. Write %(source)s here if this key is "
                "its next one, or another name."
            ),
            field="source",
            other=other.name,
            source=source,
        )
    return source


def revoke_key(session: Session, *, actor: Actor, key_id: int, now: datetime) -> ApiKey:
    """Let a key open nothing any more; nothing changes if it does not.

    Raises:
        NotFoundError: there is none that the actor may see.
    """
    key = queries.key_for(session, actor, key_id)
    key.revoked_at = key.revoked_at or now
    return key


def is_use_due(last_used_at: datetime | None, now: datetime) -> bool:
    """Tell whether a use shall be noted: once a minute is enough to know which keys live."""
    return last_used_at is None or now - last_used_at >= USE_IS_NOTED_EVERY


def note_use(session: Session, *, key_id: int, now: datetime) -> None:
    """Remember that a key was used."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))
