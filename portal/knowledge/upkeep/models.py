"""What is known of how true articles are: who verified them when, and the links that lead nowhere."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.knowledge.models import Article, Translation

LONGEST_TARGET: Final = 500
"""So many characters of an address are kept: as many as PostgreSQL can keep unique."""


class ArticleVerification(Base):
    """Someone of the staff said that an article is still true.

    `before_at` and `before_by_id` are what the article said of this until then, so that it can be taken back.
    """

    __tablename__ = "article_verifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    verified_at: Mapped[datetime]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    before_at: Mapped[datetime | None]
    before_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    article: Mapped[Article] = relationship(lazy="raise_on_sql")
    verified_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=verified_by_id)


class Fault(StrEnum):
    """Why a link is broken: nothing is there, readers do not see it any more, or some never do."""

    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"
    ANCHOR_GONE = "anchor_gone"
    MEDIA_MISSING = "media_missing"


class BrokenLink(Base):
    """A link, picture or video in what readers see that leads nowhere on the site, since it was found.

    `target` is the address as it is written, `place` the anchor of the heading above it, empty where none is.
    """

    __tablename__ = "broken_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(LONGEST_TARGET))
    fault: Mapped[Fault] = mapped_column(text_enum(Fault))
    place: Mapped[str] = mapped_column(String(120))
    found_at: Mapped[datetime]

    translation: Mapped[Translation] = relationship(lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("translation_id", "target", "fault", "place"),)
