"""Notes about accounts; customers never see them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.core.orm import Base


class AccountNote(Base):
    """What someone of the staff says about an account, in Markdown and as rendered.

    `edition` counts its texts from 1. `pinned_at` is when it was put above the others; None for most.
    `removed_at` is None while it stands; `removed_by_id` is who took it away.
    """

    __tablename__ = "account_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    renderer_version: Mapped[int]
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    author: Mapped[User | None] = relationship(foreign_keys=author_id, lazy="raise_on_sql")

    __table_args__ = (Index("ix_account_notes_account_id_created_at_id", "account_id", "created_at", "id"),)
