"""Writes of next actions."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.health.actions import queries
from portal.health.actions.models import LONGEST_WHAT, NextAction, NextActionTurn
from portal.health.queries import account_for


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be done, by when and by whom; `owner_id` is None for nobody in particular."""

    what: str
    due_on: date
    owner_id: int | None


def plan(session: Session, *, actor: Actor, account_id: int, plan: Plan, now: datetime) -> NextAction:
    """Say what is done next about an account.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
        InvalidError: it says nothing or too much, or whoever is to do it is not staff.
    """
    account_for(session, actor, account_id)
    _require_usable(session, actor, plan)
    action = NextAction(
        account_id=account_id,
        what=plan.what.strip(),
        due_on=plan.due_on,
        owner_id=plan.owner_id,
        made_by_id=actor.user_id,
        made_at=now,
    )
    session.add(action)
    session.flush()
    return action


def change(session: Session, *, actor: Actor, action_id: int, plan: Plan, edition: int) -> NextAction:
    """Say otherwise what is to be done, by when or by whom; `edition` is what the actor saw.

    Raises:
        NotFoundError: no such action, or the actor is not staff.
        InvalidError: it says nothing or too much, or whoever is to do it is not staff.
        ConflictError: someone else changed it meanwhile.
    """
    action = queries.action_for(session, actor, action_id, is_held=True)
    _require_usable(session, actor, plan)
    if action.edition != edition:
        raise ConflictError(N_("Someone else changed this meanwhile. Compare the texts, then save again."))
    action.what, action.due_on, action.owner_id = plan.what.strip(), plan.due_on, plan.owner_id
    action.edition += 1
    return action


def finish(session: Session, *, actor: Actor, action_id: int, now: datetime) -> NextAction:
    """Say that an action is done; one that is done stays so.

    Raises:
        NotFoundError: no such action, or the actor is not staff.
    """
    return _turn(session, actor, action_id, now, is_done=True)


def reopen(session: Session, *, actor: Actor, action_id: int, now: datetime) -> NextAction:
    """Say that an action is to be done after all; an open one stays so.

    Raises:
        NotFoundError: no such action, or the actor is not staff.
    """
    return _turn(session, actor, action_id, now, is_done=False)


def _turn(session: Session, actor: Actor, action_id: int, now: datetime, *, is_done: bool) -> NextAction:
    action = queries.action_for(session, actor, action_id, is_held=True)
    if action.is_open is is_done:
        action.done_at = now if is_done else None
        session.add(NextActionTurn(action_id=action.id, at=now, by_id=actor.user_id, is_done=is_done))
        session.flush()
    return action


def _require_usable(session: Session, actor: Actor, plan: Plan) -> None:
    if not 0 < len(plan.what.strip()) <= LONGEST_WHAT:
        raise InvalidError(
            N_("Say in at most %(most)d characters what is to be done."), field="what", most=LONGEST_WHAT
        )
    staff = {person.id for person in accounts.staff_for(session, actor)}
    if plan.owner_id is not None and plan.owner_id not in staff:
        raise InvalidError(N_("Choose one of your colleagues from the list."), field="owner_id")
