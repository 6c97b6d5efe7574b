"""What the ledger does not take down: whose name is not wanted there, and facts it must not learn again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.adoption.kinds import KINDS, About, kind_named
from portal.adoption.models import Signal
from portal.adoption.own.models import Erasure, UnnamedAccount
from portal.core.digests import keyed_digest

ERASED: Final = "erased:"


class Attributed(Protocol):
    """A fact, as far as it says whose it is."""

    @property
    def kind(self) -> str:
        """The kind of signal."""

    @property
    def source(self) -> str:
        """Who tells it."""

    @property
    def key(self) -> str:
        """What the source calls it."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""

    @property
    def account_id(self) -> int | None:
        """The account for which it counts."""

    @property
    def user_id(self) -> int | None:
        """The person behind it."""

    @property
    def subject(self) -> str | None:
        """What it is about."""

    @property
    def data(self) -> dict[str, Any]:
        """What else there is to say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Discretion:
    """Whose names some facts may not bring, and which sources and keys are known already."""

    unnamed_accounts: Collection[int]
    erased_at: Mapping[int, datetime]
    known: Collection[tuple[str, str]]

    def changes(self, fact: Attributed) -> dict[str, Any]:
        """Return with which other values a fact is recorded, as an account or the person wants it so."""
        if fact.user_id is None:
            return {}
        erased_at = self.erased_at.get(fact.user_id)
        if erased_at is not None and fact.occurred_at <= erased_at:
            return erased(fact)
        is_unnamed = fact.account_id in self.unnamed_accounts and is_passive(fact.kind)
        return {"user_id": None, "person": None} if is_unnamed else {}

    def knows(self, fact: Attributed) -> bool:
        """Tell whether the fact stands in the ledger: erased, or still to be erased."""
        return bool(self.known) and any(
            (fact.source, key) in self.known for key in names_of([fact.key], source=fact.source)
        )


def erased(fact: Attributed) -> dict[str, Any]:
    """Return what is left of a fact without its person, by columns."""
    kind = kind_named(fact.kind)
    return {
        "key": hidden_key(fact.source, fact.key),
        "user_id": None,
        "person": None,
        "subject": None if kind.about is About.OWN else fact.subject,
        "data": kind.data.without_person(fact.data),
    }


def is_passive(kind: str) -> bool:
    """Tell whether signals of a kind come about in passing."""
    return kind in KINDS and KINDS[kind].passive


def hidden_key(source: str, key: str) -> str:
    """Return the key of a fact whose person was erased: keys may hold names, or be made from them."""
    return f"{ERASED}{keyed_digest(f'{source} {key}')}"


def names_of(keys: Iterable[str], *, source: str) -> dict[str, str]:
    """Return under which keys facts may be kept, each with the one that was told."""
    told = {key: key for key in keys}
    return told | {hidden_key(source, key): key for key in told}


def discretion_for(session: Session, facts: Collection[Attributed]) -> Discretion:
    """Read what some facts have to be recorded with; until the transaction ends nobody in them is erased."""
    user_ids = {fact.user_id for fact in facts if fact.user_id is not None}
    if user_ids:
        people = select(User.id).where(User.id.in_(user_ids)).order_by(User.id)
        session.execute(people.with_for_update(read=True))
    erased_at: Mapping[int, datetime] = {}
    known: set[tuple[str, str]] = set()
    if facts and session.scalar(select(Erasure.user_id).limit(1)) is not None:
        erased_at = _erased_at(session, user_ids)
        keys = {key for fact in facts for key in names_of([fact.key], source=fact.source)}
        sources = {fact.source for fact in facts}
        found = select(Signal.source, Signal.key).where(Signal.source.in_(sources), Signal.key.in_(keys))
        known = {(source, key) for source, key in session.execute(found)}
    return Discretion(unnamed_accounts=unnamed_accounts(session), erased_at=erased_at, known=known)


def unnamed_accounts(session: Session) -> frozenset[int]:
    """Return the accounts whose people's passive signals are recorded without the person."""
    return frozenset(session.scalars(select(UnnamedAccount.account_id)))


def _erased_at(session: Session, user_ids: Iterable[int]) -> Mapping[int, datetime]:
    rows = session.execute(
        select(Erasure.user_id, Erasure.erased_at).where(Erasure.user_id.in_(list(user_ids)))
    )
    return dict(rows.all())
