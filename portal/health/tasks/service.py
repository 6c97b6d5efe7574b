"""Tasks appear and go by rule, and are closed by staff."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError
from portal.core.i18n import N_
from portal.events import TaskMade
from portal.health.tasks import queries
from portal.health.tasks.models import AccountTask, TaskKind

RENEWAL_NEARS: Final = timedelta(days=60)
"""So early a renewal with open goals is a task: two monthly reviews remain in which to reach them."""


def follow_renewals(session: Session, *, today: date, now: datetime) -> int:
    """Make a task of every renewal that nears with open goals; return how many are new or open again.

    One whose reason is gone closes by itself: the goals are reached, the day has moved, the account has left.
    """
    holds = set(queries.renewals_with_open_goals(session, until=today + RENEWAL_NEARS))
    wanted = {(account_id, renews_on) for account_id, renews_on in holds if renews_on >= today}
    due = or_(AccountTask.due_on >= today, AccountTask.closed_at.is_(None))
    known = session.scalars(
        select(AccountTask).where(AccountTask.kind == TaskKind.RENEWAL, due).with_for_update()
    ).all()
    for task in known:
        if task.is_open and (task.account_id, task.due_on) not in holds:
            task.closed_at = now
    there = {(task.account_id, task.due_on): task for task in known}
    reopened = [
        task for place, task in there.items() if place in wanted and task.closed_at and not task.closed_by_id
    ]
    for task in reopened:
        task.closed_at = None
    new = [
        AccountTask(account_id=account_id, kind=TaskKind.RENEWAL, due_on=due_on, made_at=now)
        for account_id, due_on in sorted(wanted - there.keys())
    ]
    session.add_all(new)
    session.flush()
    for task in new:
        outbox.record(session, TaskMade(task_id=task.id))
    return len(new) + len(reopened)


def close(session: Session, *, actor: Actor, task_id: int, note: str, now: datetime) -> AccountTask:
    """Close a task and keep what was done; without a word, that of an earlier closing stays.

    Raises:
        NotFoundError: no such task, or the actor is not staff.
        ConflictError: it is closed already, so that the note would be lost.
    """
    task = queries.held_task_for(session, actor, task_id)
    if not task.is_open:
        raise ConflictError(N_("The task was closed meanwhile. Open it again to add what you did."))
    task.closed_at, task.closed_by_id, task.note = now, actor.user_id, note.strip() or task.note
    return task


def reopen(session: Session, *, actor: Actor, task_id: int) -> AccountTask:
    """Open a task again; its note stays.

    Raises:
        NotFoundError: no such task, or the actor is not staff.
    """
    task = queries.held_task_for(session, actor, task_id)
    task.closed_at = task.closed_by_id = None
    return task
