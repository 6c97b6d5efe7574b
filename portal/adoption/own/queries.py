"""Reads of what the ledger holds about the reader."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.adoption.kinds import KINDS, PRODUCT, Category
from portal.adoption.matching.models import UnmatchedSignal
from portal.adoption.models import Signal
from portal.adoption.own.models import Erasure, UnnamedAccount
from portal.adoption.queries import is_one_of
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page

SIGNALS_A_PAGE: Final = 50
READ_AT_ONCE: Final = 1000


def _me(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotFoundError("signals")
    return actor.user_id


def my_signals_for(
    session: Session, actor: Actor, *, wanted: str = "", after: Cursor | None = None
) -> Page[Signal]:
    """Return what is recorded about the actor, newest first; `wanted` is a kind, a category or empty for all.

    Raises:
        NotFoundError: the actor is a visitor.
    """
    query = select(Signal).where(Signal.user_id == _me(actor))
    if wanted:
        query = query.where(is_one_of(Signal, _kinds(wanted)))
    if after:
        query = query.where(after.after(Signal.occurred_at, Signal.id))
    newest_first = query.order_by(Signal.occurred_at.desc(), Signal.id.desc())
    rows = session.scalars(newest_first.limit(SIGNALS_A_PAGE + 1)).all()
    return Page.cut(rows, SIGNALS_A_PAGE, lambda signal: Cursor(at=signal.occurred_at, id=signal.id))


def _kinds(wanted: str) -> Sequence[str]:
    if wanted not in set(Category):
        return [wanted]
    families = [f"{PRODUCT}*"] if wanted == Category.PRODUCT_USE else []
    return [kind.name for kind in KINDS.values() if kind.category == wanted] + families


def my_kinds_for(session: Session, actor: Actor) -> Mapping[str, int]:
    """Return how many signals of each kind are recorded about the actor.

    Raises:
        NotFoundError: the actor is a visitor.
    """
    mine = select(Signal.kind, func.count()).where(Signal.user_id == _me(actor))
    rows = session.execute(mine.group_by(Signal.kind).order_by(Signal.kind))
    return dict(rows.all())


def all_mine_for(session: Session, actor: Actor) -> Iterator[Sequence[Signal]]:
    """Yield all that is recorded about the actor, the oldest rows first, some at a time.

    Raises:
        NotFoundError: the actor is a visitor.
    """
    mine, last = select(Signal).where(Signal.user_id == _me(actor)).order_by(Signal.id), 0
    while rows := session.scalars(mine.where(Signal.id > last).limit(READ_AT_ONCE)).all():
        last = rows[-1].id
        yield rows
        session.expunge_all()


def waiting_for_me(session: Session, actor: Actor) -> Sequence[UnmatchedSignal]:
    """Return the facts that name the actor's address and are in no ledger.

    Raises:
        NotFoundError: the actor is a visitor.
    """
    address = select(User.email).where(User.id == _me(actor)).scalar_subquery()
    return session.scalars(
        select(UnmatchedSignal)
        .where(UnmatchedSignal.address == address, UnmatchedSignal.signal_id.is_(None))
        .order_by(UnmatchedSignal.id)
    ).all()


def is_being_erased(session: Session, actor: Actor) -> bool:
    """Tell whether the actor has asked to be taken out, and some rows still lead to them.

    Raises:
        NotFoundError: the actor is a visitor.
    """
    erasure = session.get(Erasure, _me(actor))
    return erasure is not None and erasure.finished_at is None


def is_unnamed(session: Session, account_id: int | None) -> bool:
    """Tell whether an account's passive signals are recorded without the person."""
    return account_id is not None and session.get(UnnamedAccount, account_id) is not None
