"""Who is to do a step."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.core.orm import Base


class StepAssignee(Base):
    """A person is to do a step. `assigned_by_id` is None once the profile of whoever said so is gone."""

    __tablename__ = "step_assignees"

    step_id: Mapped[int] = mapped_column(
        ForeignKey("checklist_steps.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assigned_at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")
