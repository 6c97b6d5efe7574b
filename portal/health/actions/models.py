"""Next actions, and how often each was done and undone."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User
from portal.core.orm import Base

LONGEST_WHAT: Final = 300
_OPEN = text("done_at IS NULL")


class NextAction(Base):
    """What is to be done about an account by a day; nobody in particular does it where `owner_id` is None.

    `edition` counts its wordings from 1.
    """

    __tablename__ = "next_actions"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(LONGEST_WHAT))
    due_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id, lazy="raise_on_sql")
    turns: Mapped[list["NextActionTurn"]] = relationship(order_by="NextActionTurn.id", lazy="raise_on_sql")

    __table_args__ = (
        Index("ix_next_actions_open", "account_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_next_actions_owner", "owner_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.done_at is None


class NextActionTurn(Base):
    """Someone did a next action, or said that it is to be done after all."""

    __tablename__ = "next_action_turns"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("next_actions.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    is_done: Mapped[bool]

    by: Mapped[User | None] = relationship(lazy="raise_on_sql")
