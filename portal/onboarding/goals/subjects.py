"""What goals are called, for those who may see them, and where they stand."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.notifications.subjects import Named
from portal.onboarding.goals.models import Goal
from portal.onboarding.queries import visible_to


def path_of_goal(goal_id: int) -> str:
    """Return where a goal stands."""
    return f"/onboarding/goals/{goal_id}"


def goals_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some goals by id; their words are in whichever language they were written."""
    query = select(Goal.id, Goal.outcome).join(Goal.checklist).where(Goal.id.in_(ids), visible_to(actor))
    return {
        goal_id: Named(title=outcome, path=path_of_goal(goal_id))
        for goal_id, outcome in session.execute(query)
    }
