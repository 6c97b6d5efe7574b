"""What can be found: a table that features write in the same transaction as the thing itself.

The search index follows this table and can always be rebuilt from it; what a reader may see is decided here.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.audience import Audience, AudienceType
from portal.core.orm import Base


class DocumentKind(StrEnum):
    """What a document belongs to."""

    ARTICLE = "article"
    TOPIC = "topic"


class SearchDocument(Base):
    """One findable text. `group` joins the posts of a topic; only the best of a group is shown.

    `author_id` is who wrote it; None for an article. `section` is the key of the place where it stands, as
    `section:3` or `board:2`; empty for none. `helpfulness` is what readers say of it, 0…1.
    `stale_since` is when the row was changed after it was last indexed; None when the index has it.
    `vector_due` is when a titled row was changed after its vectors were made; None when they stand.
    `is_removed` rows wait to be taken out of the index.
    """

    __tablename__ = "search_documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    group: Mapped[str] = mapped_column("group_key", String(60), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(600))
    audience: Mapped[Audience] = mapped_column(AudienceType)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    section: Mapped[str] = mapped_column(String(40), default="")
    is_solved: Mapped[bool] = mapped_column(default=False)
    helpfulness: Mapped[float] = mapped_column(default=0.0)
    verified_at: Mapped[datetime | None]
    is_removed: Mapped[bool] = mapped_column(default=False)
    stale_since: Mapped[datetime | None]
    vector_due: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_search_documents_stale_since", "stale_since"),
        Index("ix_search_documents_vector_due", "vector_due"),
    )
