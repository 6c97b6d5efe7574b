"""The acts of which a checklist's history consists."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.onboarding.models import ChecklistStep


class Act(StrEnum):
    """What someone did to a checklist or to a step of it; `wording` says it in words."""

    STARTED = "started"
    TICKED = "ticked"
    PROVED = "proved"
    QUIZ_PASSED = "quiz_passed"
    REOPENED = "reopened"
    DAY_CHOSEN = "day_chosen"
    DAY_FREED = "day_freed"
    MOVED = "moved"
    NUDGED = "nudged"
    GOAL_SET = "goal_set"
    GOAL_CHANGED = "goal_changed"
    GOAL_REACHED = "goal_reached"
    GOAL_REOPENED = "goal_reopened"
    GOAL_DROPPED = "goal_dropped"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"


class ChecklistAct(Base):
    """One line of a checklist's history; never changed.

    `actor_id` is None for what the site did by itself or someone did whose profile is gone. `step_id` is None
    for what concerns the whole checklist, or a step that is gone; `data` keeps the titles of the step at that
    time under `step`, and what else the act needs to be told.
    """

    __tablename__ = "checklist_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklists.id", ondelete="CASCADE"))
    step_id: Mapped[int | None] = mapped_column(
        ForeignKey("checklist_steps.id", ondelete="SET NULL"), index=True
    )
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    act: Mapped[Act] = mapped_column(text_enum(Act))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]

    actor: Mapped[User | None] = relationship(lazy="raise_on_sql")
    step: Mapped[ChecklistStep | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (Index("ix_checklist_acts_newest", "checklist_id", "at", "id"),)
