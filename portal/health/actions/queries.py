"""Reads of next actions; only staff see them."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.health.actions.models import NextAction, NextActionTurn
from portal.health.queries import account_for

DONE_SHOWN: Final = 50


def actions_for(
    session: Session,
    actor: Actor,
    *,
    account_id: int | None = None,
    owner_id: int | None = None,
    until: date | None = None,
    is_open: bool = True,
    first: int = 0,
    size: int | None = None,
) -> Sequence[NextAction]:
    """Return what is to be done, the most urgent first; or what was done last.

    `until` leaves out what is due later. Of the others, `size` follow the `first` so many;
    None for all.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    query = _actions(actor)
    if account_id is not None:
        account_for(session, actor, account_id)
        query = query.where(NextAction.account_id == account_id)
    if owner_id is not None:
        query = query.where(NextAction.owner_id == owner_id)
    if until is not None:
        query = query.where(NextAction.due_on <= until)
    if is_open:
        urgent = query.where(NextAction.done_at.is_(None)).order_by(NextAction.due_on, NextAction.id)
        query = urgent.offset(first).limit(size)
    else:
        done = query.where(NextAction.done_at.is_not(None))
        query = done.order_by(NextAction.done_at.desc(), NextAction.id).limit(DONE_SHOWN)
    return session.scalars(query).all()


def open_count_for(session: Session, actor: Actor, *, owner_id: int | None) -> int:
    """Return how much there is to be done by one of the staff; by None for what is nobody's.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    count = select(func.count()).select_from(NextAction)
    return session.scalar(count.where(NextAction.done_at.is_(None), NextAction.owner_id == owner_id)) or 0


def action_for(session: Session, actor: Actor, action_id: int, *, is_held: bool = False) -> NextAction:
    """Return one action; `is_held` keeps its row until the transaction ends.

    Raises:
        NotFoundError: no such action, or the actor is not staff.
    """
    query = _actions(actor).where(NextAction.id == action_id)
    action = session.scalar(query.with_for_update(of=NextAction) if is_held else query)
    if action is None:
        raise NotFoundError("next action")
    return action


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("next actions")


def _actions(actor: Actor) -> Select[NextAction]:
    _require_staff(actor)
    return select(NextAction).options(
        joinedload(NextAction.account),
        joinedload(NextAction.owner),
        selectinload(NextAction.turns).joinedload(NextActionTurn.by),
    )
