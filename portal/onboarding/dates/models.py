"""Days on which steps were due before they were moved."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class FormerDueDay(Base):
    """The day on which a step was due, as it stood until the end of another day."""

    __tablename__ = "former_due_days"

    step_id: Mapped[int] = mapped_column(
        ForeignKey("checklist_steps.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[date] = mapped_column(primary_key=True)
    due_on: Mapped[date]
