"""What people are reminded of, and in which words."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.onboarding.models import Checklist, ChecklistStep


class NudgeState(StrEnum):
    """What became of a nudge; one that was dropped reached nobody, as it was not needed or too much."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"
    DISCARDED = "discarded"


class Nudge(Base):
    """One person is reminded of one step. A draft waits for the account's manager.

    `step_id` is None once the step is gone. `sender_id` is None where the site reminds by itself, or the
    sender's profile is gone. `edition` counts the texts of a draft from 1. `sent_at` is when it reached the
    person; None if it has not.
    """

    __tablename__ = "nudges"

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklists.id", ondelete="CASCADE"), index=True)
    step_id: Mapped[int | None] = mapped_column(
        ForeignKey("checklist_steps.id", ondelete="SET NULL"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[NudgeState] = mapped_column(text_enum(NudgeState))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    checklist: Mapped[Checklist] = relationship(lazy="raise_on_sql")
    step: Mapped[ChecklistStep | None] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")
    sender: Mapped[User | None] = relationship(foreign_keys=sender_id, lazy="raise_on_sql")

    __table_args__ = (
        Index("ix_nudges_user_id_sent_at", "user_id", "sent_at"),
        Index("ix_nudges_state_made_at", "state", "made_at"),
    )


class NudgeTemplate(Base):
    """What nudges say, by language: those at `place`, a step of a map (see `place_of`), or all others."""

    __tablename__ = "nudge_templates"

    place: Mapped[str] = mapped_column(String(80), primary_key=True)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
