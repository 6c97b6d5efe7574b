"""A person goes from the told facts that wait or rest on what staff explained."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal.adoption.kinds import kind_named
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.own.discretion import ERASED, hidden_key

AT_ONCE: Final = 500


def forget_person(session: Session, *, user_id: int, address: str | None) -> None:
    """Take a person out of the told facts, whatever became of them; one that waits for nobody else goes."""
    by_alias = select(SignalAlias.id).where(SignalAlias.user_id == user_id)
    names: ColumnElement[bool] = UnmatchedSignal.person_alias_id.in_(by_alias)
    if address is not None:
        names |= UnmatchedSignal.address == address
    rows = session.scalars(
        select(UnmatchedSignal).where(names).order_by(UnmatchedSignal.id).with_for_update()
    ).all()
    for row in rows:
        forget(row)
    session.flush()
    delete_rows(session, [row.id for row in rows if row.waits and row.names_nobody])


def delete_rows(session: Session, ids: Sequence[int]) -> None:
    """Delete told facts."""
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        session.execute(delete(UnmatchedSignal).where(UnmatchedSignal.id.in_(part)))


def forget(row: UnmatchedSignal) -> None:
    """Leave of a told fact what its account has of it."""
    erased = kind_named(row.kind).data.without_person(row.data)
    if not row.key.startswith(ERASED):
        row.key = hidden_key(row.source, row.key)
    row.address, row.data = None, erased
    if row.problem is not None:
        row.problem, row.name = Problem.ACCOUNT, row.account
