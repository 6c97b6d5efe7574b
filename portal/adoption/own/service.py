"""A person takes their name out of the ledger; an account has it left out from the beginning."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, delete, func, select, update
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.adoption.kinds import KINDS, About, kind_named
from portal.adoption.matching.forgetting import forget_person
from portal.adoption.models import PersonDay, Signal
from portal.adoption.own import policies
from portal.adoption.own.discretion import ERASED, erased, hidden_key
from portal.adoption.own.models import Erasure, UnnamedAccount
from portal.adoption.service import hold_accounts
from portal.core import outbox
from portal.core.activity import ActivitiesNoted
from portal.core.errors import ForbiddenError, NotFoundError
from portal.core.orm import insert_new, upsert
from portal.events import ErasureGoesOn
from portal.onboarding.evidence.service import rename_person

BATCH: Final = 500

_Part = tuple[type[PersonDay | Signal], Sequence[ColumnElement[bool]]]


def erase_me(session: Session, *, actor: Actor, now: datetime) -> int:
    """Take the actor out of every row of the ledger, whose counts stay; return of how many.

    Nothing is counted for the actor from now on. A batch of rows loses all that is personal at once;
    `go_on_erasing` goes on. Source: docs/decisions/0026, 0035.

    Raises:
        NotFoundError: the actor is a visitor.
        ForbiddenError: the actor is one of the vendor's people.
    """
    if actor.user_id is None:
        raise NotFoundError("signals")
    if not policies.may_erase(actor):
        raise ForbiddenError("erase staff")
    accounts.hold_people(session, [actor.user_id])
    row = {"user_id": actor.user_id, "erased_at": now, "finished_at": None}
    upsert(session, Erasure, row, unique="user_id")
    outbox.forget_finished(session, ActivitiesNoted)
    told = _forget_told(session, actor.user_id, until=now)
    number = _mask(session, actor.user_id)
    _erase_some(session, actor.user_id, until=now, limit=BATCH - told, now=now)
    return number


def go_on_erasing(session: Session, *, user_id: int, now: datetime) -> None:
    """Take a person who has asked for it out of some more rows."""
    accounts.hold_people(session, [user_id])
    until = session.scalar(
        select(Erasure.erased_at).where(Erasure.user_id == user_id, Erasure.finished_at.is_(None))
    )
    if until is not None:
        told = _forget_told(session, user_id, until=until)
        _erase_some(session, user_id, until=until, limit=BATCH - told, now=now)


def _forget_told(session: Session, user_id: int, *, until: datetime) -> int:
    address = session.scalar(select(User.email).where(User.id == user_id))
    return forget_person(session, user_id=user_id, address=address, until=until, limit=BATCH)


def _mask(session: Session, user_id: int) -> int:
    """Let something else stand for a person in all rows and counts at once; return in how many rows.

    It is the same in all, so that every number of different people stays; another where plans would tell.
    """
    mine = (Signal.user_id == user_id, ~Signal.person.startswith(ERASED))
    held = select(Signal.id).where(*mine).order_by(Signal.id).with_for_update().subquery()
    number = session.scalar(select(func.count()).select_from(held)) or 0
    found = session.scalars(select(Signal.account_id).where(*mine).distinct())
    account_ids = {account_id for account_id in found if account_id is not None}
    hold_accounts(session, account_ids)
    my_days = (PersonDay.account_id.in_(account_ids), PersonDay.person == f"user:{user_id}")
    parts: Sequence[_Part] = ((Signal, mine), (PersonDay, my_days))
    in_plans = [kind.name for kind in KINDS.values() if kind.about is About.ACCOUNTS]
    for is_in_plans in (False, True):
        token = f"{ERASED}{secrets.token_hex(16)}"
        for table, rows in parts:
            kinds = table.kind.in_(in_plans) if is_in_plans else table.kind.not_in(in_plans)
            session.execute(
                update(table).where(*rows, kinds).values(person=token),
                execution_options={"synchronize_session": False},
            )
    return number


def _erase_some(session: Session, user_id: int, *, until: datetime, limit: int, now: datetime) -> None:
    """Erase some masked rows, then some of others that name the person; ask for the rest, or finish."""
    left = limit - _erase(session, user_id, limit=limit)
    left -= _forget_in_others(session, user_id, until=until, limit=left)
    if left:
        mine = update(Erasure).where(Erasure.user_id == user_id)
        session.execute(mine.values(finished_at=now))
    else:
        outbox.record(session, ErasureGoesOn(user_id=user_id))


def _erase(session: Session, user_id: int, *, limit: int) -> int:
    masked = select(Signal).where(Signal.user_id == user_id, Signal.person.startswith(ERASED))
    rows = session.scalars(masked.limit(limit)).all()
    rows = sorted(rows, key=lambda row: row.id)  # In the order in which others hold them.
    for (person, forgets_subject), ids in _alike(rows).items():
        rename_person(session, ids, person=person, forgets_subject=forgets_subject)
    changes = [erased(row) | {"id": row.id, "person": row.person} for row in rows]
    session.expunge_all()
    if changes:
        session.execute(update(Signal), changes)
    return len(changes)


def _alike(rows: Sequence[Signal]) -> Mapping[tuple[str, bool], Sequence[int]]:
    """Return ids by what stands for the person, and whether their subject goes too."""
    parts: dict[tuple[str, bool], list[int]] = {}
    for row in rows:
        is_own = kind_named(row.kind).about is About.OWN
        parts.setdefault((row.person or "", is_own), []).append(row.id)
    return parts


def _forget_in_others(session: Session, user_id: int, *, until: datetime, limit: int) -> int:
    """Take the person out of some of what other people's rows say; return of how many."""
    done = 0
    for kind in KINDS.values():
        for name in kind.data.people:
            names_me = cast(Signal.data[name].as_string(), String) == str(user_id)
            rows = session.execute(
                select(Signal.id, Signal.source, Signal.key, Signal.data)
                .where(Signal.kind == kind.name, Signal.recorded_at <= until, names_me)
                .limit(limit - done)
            ).all()
            if rows:
                session.execute(update(Signal), [_without_field(row._asdict(), name) for row in rows])
            done += len(rows)
    return done


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
