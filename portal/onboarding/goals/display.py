"""Goals as a plan shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.core.clock import site_day
from portal.onboarding.goals import charts, policies, queries, rules, wording
from portal.onboarding.goals.models import Goal
from portal.onboarding.goals.rules import GoalState
from portal.onboarding.models import Checklist
from portal.web.charts import Line


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownGoal:
    """A goal as it stands on a day.

    `share` is how much of the way is behind it, 0…1, None when that cannot be said; `trend` is None while
    there are not several values; `reached_on` is the day of the site, None if it is not reached.
    """

    goal: Goal
    state: GoalState
    share: float | None
    trend: Line | None
    reached_on: date | None


def shown(goal: Goal, *, today: date) -> ShownGoal:
    """Describe a goal on a day of the site."""
    return ShownGoal(
        goal=goal,
        state=rules.state_of(goal, today=today),
        share=rules.share_of_way(goal),
        trend=charts.trend_line(goal),
        reached_on=site_day(goal.reached_at) if goal.reached_at else None,
    )


def goals_beside(session: Session, checklists: Sequence[Checklist], *, today: date) -> dict[str, object]:
    """Return what pages show of the goals of checklists that were read for the reader."""
    goals = queries.goals_of(session, checklists)
    return {
        "goals": {
            checklist.id: [shown(goal, today=today) for goal in goals[checklist.id]]
            for checklist in checklists
        },
        "goal_words": wording,
        "goal_policies": policies,
    }
