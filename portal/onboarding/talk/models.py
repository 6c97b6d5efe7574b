"""Comments on steps, and the files that they name."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.core.orm import Base
from portal.onboarding.models import ChecklistStep


class StepComment(Base):
    """What someone says about a step, in Markdown and as rendered.

    `edited_at` and `removed_at` are None for what stands as it was written; `removed_by_id` is who took it
    away. `edition` counts its texts from 1.
    """

    __tablename__ = "step_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("checklist_steps.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    body_text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    renderer_version: Mapped[int]
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    step: Mapped[ChecklistStep] = relationship(lazy="raise_on_sql")
    author: Mapped[User] = relationship(foreign_keys=author_id, lazy="raise_on_sql")

    @property
    def is_removed(self) -> bool:
        """Whether it was taken away, and not put back since."""
        return self.removed_at is not None


class StepCommentFile(Base):
    """A comment shows a file."""

    __tablename__ = "step_comment_files"

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("step_comments.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True, index=True)
