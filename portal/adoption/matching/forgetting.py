"""A person goes from the told facts that wait or rest on what staff explained."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from portal.adoption.kinds import kind_named
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.own.discretion import ERASED, hidden_key


def forget_person(session: Session, *, user_id: int, address: str | None, until: datetime, limit: int) -> int:
    """Take a person out of some facts told until then, whatever became of them; return of how many.

    One that waits for nobody else goes.
    """
    by_alias = select(SignalAlias.id).where(SignalAlias.user_id == user_id)
    names = [and_(UnmatchedSignal.person_alias_id.in_(by_alias), UnmatchedSignal.address.is_not(None))]
    if address is not None:
        names.append(UnmatchedSignal.address == address)
    done = 0
    for name in names:  # One by one, each by its index.
        done += _forget(session, name, UnmatchedSignal.told_at <= until, limit=limit - done)
    return done


def _forget(session: Session, *wanted: ColumnElement[bool], limit: int) -> int:
    some = select(UnmatchedSignal).where(*wanted).order_by(UnmatchedSignal.id).limit(limit)
    rows = session.scalars(some.with_for_update()).all()
    for row in rows:
        forget(row)
    session.flush()
    nobodys = [row.id for row in rows if row.waits and row.names_nobody]
    session.execute(delete(UnmatchedSignal).where(UnmatchedSignal.id.in_(nobodys)))
    return len(rows)


def forget(row: UnmatchedSignal) -> None:
    """Leave of a told fact what its account has of it."""
    erased = kind_named(row.kind).data.without_person(row.data)
    if not row.key.startswith(ERASED):
        row.key = hidden_key(row.source, row.key)
    row.address, row.data = None, erased
    if row.problem is not None:
        row.problem, row.name = Problem.ACCOUNT, row.account
