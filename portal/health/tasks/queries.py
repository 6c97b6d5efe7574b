"""Reads of tasks; only staff see them."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus
from portal.core.errors import NotFoundError
from portal.health.tasks.models import AccountTask
from portal.onboarding.goals.models import Goal
from portal.onboarding.models import Checklist

CLOSED_SHOWN: Final = 50


def tasks_for(
    session: Session,
    actor: Actor,
    *,
    account_id: int | None = None,
    manager_id: int | None = None,
    is_open: bool = True,
    first: int = 0,
    size: int | None = None,
) -> Sequence[AccountTask]:
    """Return the open tasks, the most urgent first; or the last ones that were closed.

    Of the open ones, `size` follow the `first` so many; None for all.

    Raises:
        NotFoundError: the actor is not staff.
    """
    query = _tasks(actor)
    if account_id is not None:
        query = query.where(AccountTask.account_id == account_id)
    if manager_id is not None:
        query = query.where(AccountTask.account.has(manager_id=manager_id))
    if is_open:
        urgent = query.where(AccountTask.closed_at.is_(None)).order_by(AccountTask.due_on, AccountTask.id)
        query = urgent.offset(first).limit(size)
    else:
        closed = query.where(AccountTask.closed_at.is_not(None))
        query = closed.order_by(AccountTask.closed_at.desc(), AccountTask.id).limit(CLOSED_SHOWN)
    return session.scalars(query).all()


def open_count_for(session: Session, actor: Actor) -> int:
    """Return how many tasks are open.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    count = select(func.count()).select_from(AccountTask)
    return session.scalar(count.where(AccountTask.closed_at.is_(None))) or 0


def task_for(session: Session, actor: Actor, task_id: int) -> AccountTask:
    """Return one task.

    Raises:
        NotFoundError: no such task, or the actor is not staff.
    """
    return _found(session.scalar(_tasks(actor).where(AccountTask.id == task_id)))


def held_task_for(session: Session, actor: Actor, task_id: int) -> AccountTask:
    """Return one task, held until the transaction ends.

    Raises:
        NotFoundError: no such task, or the actor is not staff.
    """
    one = _tasks(actor).where(AccountTask.id == task_id).with_for_update(of=AccountTask)
    return _found(session.scalar(one))


def _found(task: AccountTask | None) -> AccountTask:
    if task is None:
        raise NotFoundError("task")
    return task


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("tasks")


def _tasks(actor: Actor) -> Select[AccountTask]:
    _require_staff(actor)
    return select(AccountTask).options(
        joinedload(AccountTask.account).joinedload(Account.manager), joinedload(AccountTask.closed_by)
    )


def renewals_with_open_goals(session: Session, *, until: date) -> Sequence[tuple[int, date]]:
    """Return the paying accounts that renew by a day, or were to, and have a goal that is not reached."""
    rows = session.execute(
        select(Account.id, Account.renews_on)
        .where(
            Account.status == AccountStatus.ACTIVE,
            Account.renews_on <= until,
            exists().where(
                Goal.checklist_id == Checklist.id,
                Checklist.account_id == Account.id,
                Goal.reached_at.is_(None),
            ),
        )
        .order_by(Account.id)
    )
    return [(account_id, renews_on) for account_id, renews_on in rows if renews_on]
