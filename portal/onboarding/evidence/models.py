"""The facts on which steps rest."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class StepEvidence(Base):
    """A signal that counts for a step: one that it waits with while open, or one that completed it.

    `person` and `subject` are those of the signal; None where it has none.
    """

    __tablename__ = "step_evidence"

    step_id: Mapped[int] = mapped_column(
        ForeignKey("checklist_steps.id", ondelete="CASCADE"), primary_key=True
    )
    signal_id: Mapped[int] = mapped_column(ForeignKey("signals.id"), primary_key=True, index=True)
    occurred_at: Mapped[datetime]
    person: Mapped[str | None] = mapped_column(String(60))
    subject: Mapped[str | None] = mapped_column(String(80))
