"""Reads of goals; whoever sees a checklist sees its goals."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, Subquery, and_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.clock import site_day
from portal.core.errors import NotFoundError
from portal.core.statistics import Rate
from portal.onboarding.goals import rules
from portal.onboarding.goals.models import Goal, GoalValue
from portal.onboarding.models import Checklist
from portal.onboarding.queries import held_checklist_for, visible_to


def _goals() -> Select[Goal]:
    return select(Goal).join(Goal.checklist).order_by(Goal.due_on, Goal.id)


def _whole_goals() -> Select[Goal]:
    values = selectinload(Goal.values).joinedload(GoalValue.entered_by)
    whole = contains_eager(Goal.checklist).options(
        joinedload(Checklist.account), joinedload(Checklist.success_map), selectinload(Checklist.steps)
    )
    return _goals().options(whole, values).execution_options(populate_existing=True)


def goal_for(session: Session, actor: Actor, goal_id: int) -> Goal:
    """Return one goal with its values and its checklist.

    Raises:
        NotFoundError: no such goal that the actor may see.
    """
    goal = session.scalar(_whole_goals().where(Goal.id == goal_id, visible_to(actor)))
    if goal is None:
        raise NotFoundError("goal")
    return goal


def held_goal_for(session: Session, actor: Actor, goal_id: int) -> Goal:
    """Return one goal with its values, whose checklist is held until the transaction ends.

    Raises:
        NotFoundError: no such goal that the actor may see.
    """
    held_checklist_for(session, actor, goal_for(session, actor, goal_id).checklist_id)
    return goal_for(session, actor, goal_id)


def goals_of(session: Session, checklists: Sequence[Checklist]) -> Mapping[int, Sequence[Goal]]:
    """Return the goals of checklists that were read for an actor, by checklist, the earliest first."""
    ids = [checklist.id for checklist in checklists]
    query = _goals().options(contains_eager(Goal.checklist), selectinload(Goal.values))
    found: defaultdict[int, list[Goal]] = defaultdict(list)
    for goal in session.scalars(query.where(Goal.checklist_id.in_(ids))):
        found[goal.checklist_id].append(goal)
    return found


def open_goals_for(session: Session, actor: Actor, account_ids: Collection[int]) -> Sequence[Goal]:
    """Return the goals of some accounts that are not reached, missed or not, with their checklists."""
    query = _goals().options(contains_eager(Goal.checklist))
    mine = (Checklist.account_id.in_(account_ids), visible_to(actor))
    return session.scalars(query.where(*mine, Goal.reached_at.is_(None))).all()


def attainment(session: Session, actor: Actor, *which: ColumnElement[bool], today: date) -> Rate:
    """Return the goal attainment over the goals of some checklists that the actor may see.

    See `rules.attainment`. `which` may look at the checklist, its map and its account.
    """
    rows = session.execute(
        select(Goal.due_on, Goal.reached_at)
        .join(Goal.checklist)
        .join(Checklist.account)
        .join(Checklist.success_map)
        .where(Goal.due_on < today, visible_to(actor), *which)
    )
    return rules.attainment(((due_on, at and site_day(at)) for due_on, at in rows), today=today)


def goals_counting(session: Session, facts: Subquery) -> Collection[int]:
    """Return the ids of the goals that count signals of a kind of their account, by these two columns."""
    counts = and_(facts.c.account_id == Checklist.account_id, facts.c.kind == Goal.kind)
    return session.scalars(select(Goal.id).join(Goal.checklist).join(facts, counts)).all()


def counted_goals(session: Session, goal_ids: Collection[int]) -> Sequence[Goal]:
    """Return those of some goals to which signals give their value, as they are by now."""
    return session.scalars(
        _goals()
        .options(contains_eager(Goal.checklist))
        .where(Goal.id.in_(goal_ids), Goal.kind.is_not(None))
        .execution_options(populate_existing=True)
    ).all()
