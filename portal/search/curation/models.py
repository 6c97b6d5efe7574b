"""What staff decide about search; a removed row is kept so that its removal can be undone."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class SearchSynonym(Base):
    """Words of a query that mean other words too, with who changed the rule last and when.

    `changed_by_id` is None for someone who left, or for the site itself.
    """

    __tablename__ = "search_synonyms"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(200))
    means: Mapped[str] = mapped_column(String(200))
    is_both_ways: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    removed_at: Mapped[datetime | None]

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """What it says, from words to what they mean."""
        return ((self.words, self.means), *([(self.means, self.words)] if self.is_both_ways else []))


class SearchPin(Base):
    """A result that stands first for a query, with who changed it last and when.

    `language` is None for readers of any; `group` is that of its search documents; `place` counts from 1
    among the pins of the same query.
    """

    __tablename__ = "search_pins"

    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    group: Mapped[str] = mapped_column("group_key", String(60))
    place: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    removed_at: Mapped[datetime | None]
