"""Unfinished texts."""

import re
from datetime import datetime
from typing import Final

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base

_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class PostDraft(Base):
    """What a person has begun to write in one place; `fields` are the other answers of the form, by name.

    `version` grows with each save. `writer` is the window that saved it last, and `step` counts the saves of
    that window; both are empty where no script ran. `discarded_at` is None while it is kept.
    """

    __tablename__ = "post_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(140))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(BigInteger)
    writer: Mapped[str] = mapped_column(String(40), default="")
    step: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime] = mapped_column(index=True)
    discarded_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "place"),)

    @property
    def beginning(self) -> str:
        """The title, or how the text begins; of links only the words."""
        return self.title.strip() or _LINK.sub(r"\1", self.body[:1000]).strip()[:80]
