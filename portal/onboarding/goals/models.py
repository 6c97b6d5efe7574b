"""The goals of a checklist, and the values that people entered for them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.onboarding.models import Checklist


class Direction(StrEnum):
    """On which side of its target a goal is reached."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Goal(Base):
    """An outcome agreed at the kickoff of a checklist, with what is counted and how much of it by when.

    `measure` names what is counted, with its unit. `baseline` is where it started, None if nobody knows.
    `kind` is the kind of signals that are counted, or of which the different people are (`counts_people`);
    None for a goal whose values people enter. `conditions` are as in `Proof.where`; `last_days` is how many
    days count, today included, None for all since the start. `value` is the current one, None before the
    first; `read_on` is the site's day on which signals gave it. `reached_at` is when the value first was good
    enough; None if it was not. `edition` counts from 1 what people let it say.
    """

    __tablename__ = "goals"

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklists.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str] = mapped_column(String(200))
    measure: Mapped[str] = mapped_column(String(120))
    direction: Mapped[Direction] = mapped_column(text_enum(Direction))
    target: Mapped[float]
    baseline: Mapped[float | None]
    due_on: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str | None] = mapped_column(String(60), index=True)
    counts_people: Mapped[bool] = mapped_column(default=False)
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    last_days: Mapped[int | None]
    value: Mapped[float | None]
    read_on: Mapped[date | None]
    reached_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(default=1)

    checklist: Mapped[Checklist] = relationship(lazy="raise_on_sql")
    values: Mapped[list["GoalValue"]] = relationship(
        order_by="(GoalValue.day, GoalValue.id)",
        lazy="raise_on_sql",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def is_counted(self) -> bool:
        """Whether signals give its value, and not people."""
        return self.kind is not None

    def is_met_by(self, value: float) -> bool:
        """Tell whether a value is good enough."""
        return value >= self.target if self.direction is Direction.AT_LEAST else value <= self.target


class GoalValue(Base):
    """What someone found the value of a goal to be on a day; never changed, the last one of a day holds."""

    __tablename__ = "goal_values"

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(ForeignKey("goals.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    value: Mapped[float]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    entered_at: Mapped[datetime]

    entered_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
