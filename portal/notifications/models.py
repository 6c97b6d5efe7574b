"""What people watch, how they want to hear of it, and their inboxes.

Things are named by subjects such as `topic:5`, `board:3`, `section:4` or `article:7`.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import text_enum
from portal.core.orm import Base
from portal.notifications.kinds import Delivery

SUBJECT_CHARS: Final = 80


class Notice(Base):
    """One thing a person is told. `cause` makes a repeated telling one notice.

    A notice keeps its kind and parameters, and is put into words in the reader's language. It is about the
    `subject`, and shown to nobody who may not see that; None is about nothing that could be hidden. Notices
    of one `thread` stand together; `place` is the position of a post in its topic. `watch` is the subject
    through whose watching it came; None for what concerns the person anyway. `mailed_at` is when it left in
    a mail.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    path: Mapped[str] = mapped_column(String(600))
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    subject: Mapped[str | None] = mapped_column(String(SUBJECT_CHARS))
    thread: Mapped[str] = mapped_column(String(120))
    place: Mapped[int | None]
    watch: Mapped[str | None] = mapped_column(String(SUBJECT_CHARS))
    delivery: Mapped[Delivery] = mapped_column(text_enum(Delivery))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


_WAITS: Final = and_(Notice.read_at.is_(None), Notice.mailed_at.is_(None))
Index("ix_notices_user_id_id", Notice.user_id, Notice.id)
Index(
    "ix_notices_unread",
    Notice.user_id,
    Notice.thread,
    sqlite_where=Notice.read_at.is_(None),
    postgresql_where=Notice.read_at.is_(None),
)
Index("ix_notices_waiting", Notice.delivery, Notice.user_id, sqlite_where=_WAITS, postgresql_where=_WAITS)


class Watch(Base):
    """A person wants to hear of what happens to a thing; `delivery` is None where their settings decide."""

    __tablename__ = "watches"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(SUBJECT_CHARS))
    delivery: Mapped[Delivery | None] = mapped_column(text_enum(Delivery))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "subject"), Index("ix_watches_subject", "subject"))


class NoticeSetting(Base):
    """How a person wants to hear of one kind."""

    __tablename__ = "notice_settings"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    delivery: Mapped[Delivery] = mapped_column(text_enum(Delivery))


class WatchHabit(Base):
    """Whether a person watches what they start or reply in; everyone does who has not said otherwise."""

    __tablename__ = "watch_habits"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    watches_own: Mapped[bool]
