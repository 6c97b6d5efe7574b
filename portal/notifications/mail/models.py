"""Mails that wait, have left or could not, and addresses that refuse them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base


class MailPurpose(StrEnum):
    """What a mail holds: news as they happen, a digest, a CS manager's accounts, or a letter.

    Only a letter is written when it is queued.
    """

    NEWS = "news"
    DAILY = "daily"
    WEEKLY = "weekly"
    PORTFOLIO = "portfolio"
    LETTER = "letter"


class MailState(StrEnum):
    """What became of a mail; a dropped one had nothing to say any more, or nobody to say it to."""

    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


class Mail(Base):
    """One mail to one person, or to an address (`user_id` is None).

    All but letters are put together when they leave, from what is true then.

    `key` is unique: of news to one person about one `thread` only one mail waits, and of a digest there is
    one a person and period. `due_at` is the next attempt, None once settled; whoever attempts it puts it off
    first, so that no other does at the same time. `address` is the one it was last sent to.
    """

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[MailPurpose] = mapped_column(text_enum(MailPurpose))
    thread: Mapped[str | None] = mapped_column(String(120))
    letter: Mapped[dict[str, str] | None] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[MailState] = mapped_column(text_enum(MailState), default=MailState.QUEUED)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    address: Mapped[str | None] = mapped_column(String(254))
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (Index("ix_mails_state_id", "state", "id"),)


class MailAddress(Base):
    """An address that has refused mail, how often in a row, and since when none is sent there."""

    __tablename__ = "mail_addresses"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    refusals: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    paused_at: Mapped[datetime | None] = mapped_column(index=True)
