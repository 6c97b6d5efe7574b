"""Tasks: one for each account, reason and day."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.orm import Base

LONGEST_NOTE: Final = 2000
_OPEN = text("closed_at IS NULL")


class TaskKind(StrEnum):
    """Why there is something to do; `wording` says it in words."""

    RENEWAL = "renewal"


class AccountTask(Base):
    """Something that staff do about an account by a day.

    `closed_by_id` is None for one that closed by itself, as its reason was gone; it opens again with that.
    """

    __tablename__ = "account_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[TaskKind] = mapped_column(text_enum(TaskKind))
    due_on: Mapped[date]
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    closed_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("account_id", "kind", "due_on"),
        Index("ix_account_tasks_open", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    @property
    def is_open(self) -> bool:
        """Whether it waits for someone."""
        return self.closed_at is None
