"""Added files: each upload is a file of its own, whatever its content."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class Attachment(Base):
    """One file that a person added; `token` is random and names it in addresses and in storage.

    `size_bytes` is what it takes in storage.
    """

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_attachments_user_id_created_at", "user_id", "created_at"),)

    @property
    def is_picture(self) -> bool:
        """Whether a text shows it."""
        return self.media_type.startswith("image/")
