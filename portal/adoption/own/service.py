"""A person takes their name out of the ledger; an account has it left out from the beginning."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.adoption.kinds import KINDS, About, SignalKind, kind_named
from portal.adoption.matching.forgetting import forget_person
from portal.adoption.models import Signal
from portal.adoption.own import policies
from portal.adoption.own.discretion import ERASED, erased, hidden_key
from portal.adoption.own.models import Erasure, UnnamedAccount
from portal.adoption.service import roll_up
from portal.core import outbox
from portal.core.activity import ActivitiesNoted
from portal.core.batches import batches
from portal.core.errors import ForbiddenError, NotFoundError
from portal.core.orm import insert_new, upsert
from portal.onboarding.evidence.service import rename_person

BATCH: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mask:
    """What stands for a person after an erasure: the same in all rows, another where plans would tell."""

    person: str
    in_plans: str

    @classmethod
    def new(cls) -> "_Mask":
        return cls(person=_token(), in_plans=_token())

    def of(self, kind: SignalKind) -> str:
        return self.in_plans if kind.about is About.ACCOUNTS else self.person


def _token() -> str:
    return f"{ERASED}{secrets.token_hex(16)}"


def erase_me(session: Session, *, actor: Actor, now: datetime) -> int:
    """Take the actor out of every row of the ledger, whose counts stay; return of how many.

    Source: docs/decisions/0026.

    Raises:
        NotFoundError: the actor is a visitor.
        ForbiddenError: the actor is one of the vendor's people.
    """
    if actor.user_id is None:
        raise NotFoundError("signals")
    if not policies.may_erase(actor):
        raise ForbiddenError("erase staff")
    accounts.hold_people(session, [actor.user_id])
    mask, ids = _Mask.new(), _mine(session, actor.user_id)
    for some in batches(ids, BATCH):
        _erase(session, some, mask)
    _forget_in_others(session, actor.user_id)
    forget_person(session, user_id=actor.user_id, address=_address(session, actor.user_id))
    outbox.forget_finished(session, ActivitiesNoted)
    upsert(session, Erasure, {"user_id": actor.user_id, "erased_at": now}, unique="user_id")
    return len(ids)


def _address(session: Session, user_id: int) -> str | None:
    return session.scalar(select(User.email).where(User.id == user_id))


def _mine(session: Session, user_id: int) -> Sequence[int]:
    return session.scalars(select(Signal.id).where(Signal.user_id == user_id).order_by(Signal.id)).all()


def _erase(session: Session, ids: Sequence[int], mask: _Mask) -> None:
    rows = session.scalars(select(Signal).where(Signal.id.in_(ids)).order_by(Signal.id)).all()
    for some, person, forgets_subject in _by_mask(rows, mask):
        rename_person(session, some, person=person, forgets_subject=forgets_subject)
    changes = [_without_me(row, mask) for row in rows]
    session.expunge_all()
    session.execute(update(Signal), changes)
    roll_up(session, ids)


def _without_me(row: Signal, mask: _Mask) -> dict[str, Any]:
    return erased(row) | {"id": row.id, "person": mask.of(kind_named(row.kind))}


def _by_mask(rows: Sequence[Signal], mask: _Mask) -> Iterator[tuple[list[int], str, bool]]:
    """Yield ids with what stands for the person in them, and whether their subject goes too."""
    parts: dict[tuple[str, bool], list[int]] = {}
    for row in rows:
        kind = kind_named(row.kind)
        parts.setdefault((mask.of(kind), kind.about is About.OWN), []).append(row.id)
    return ((ids, person, forgets) for (person, forgets), ids in parts.items())


def _forget_in_others(session: Session, user_id: int) -> None:
    """Take the person out of what other people's rows say."""
    for kind in KINDS.values():
        for name in kind.data.people:
            names_me = cast(Signal.data[name].as_string(), String) == str(user_id)
            rows = session.execute(
                select(Signal.id, Signal.source, Signal.key, Signal.data).where(
                    Signal.kind == kind.name, names_me
                )
            ).all()
            if rows:
                session.execute(update(Signal), [_without_field(row._asdict(), name) for row in rows])


def _without_field(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    data = {key: value for key, value in row["data"].items() if key != name}
    key = row["key"] if row["key"].startswith(ERASED) else hidden_key(row["source"], row["key"])
    return {"id": row["id"], "key": key, "data": data}


def leave_people_out(
    session: Session, *, actor: Actor, account_id: int, is_wanted: bool, now: datetime
) -> None:
    """Have an account's passive signals recorded without the person from now on, or with the person again.

    Raises:
        NotFoundError: no such account that the actor may see.
        ForbiddenError: the actor is neither staff nor the account's champion.
    """
    accounts.account_for(session, actor, account_id)
    if not policies.may_unname(actor, account_id):
        raise ForbiddenError("account's signals")
    if is_wanted:
        row = {"account_id": account_id, "since": now, "chosen_by_id": actor.user_id}
        insert_new(session, UnnamedAccount, [row])
    else:
        session.execute(delete(UnnamedAccount).where(UnnamedAccount.account_id == account_id))
