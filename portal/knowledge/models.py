"""The knowledge base: a tree of sections, articles in it, one translation per language, helpful votes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.audience import PUBLIC, Audience, AudienceType
from portal.accounts.models import User, text_enum
from portal.core.i18n import in_language
from portal.core.orm import Base


class ArticleStatus(StrEnum):
    """Whether a translation can be read by its audience."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Section(Base):
    """A node of the tree; `parent_id` is None at the top. Names are kept per language."""

    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None] = mapped_column(String(600), unique=True)

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)

    def description(self, language: str) -> str:
        """Return the description in a language, or in whichever there is."""
        return in_language(self.descriptions, language)


class Article(Base):
    """A unit of the knowledge base; its texts are its translations.

    `source_key` says which file of an import it came from; None for one that was written here.
    """

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    audience: Mapped[Audience] = mapped_column(AudienceType, default=PUBLIC)
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None] = mapped_column(String(600), unique=True)
    created_at: Mapped[datetime]

    section: Mapped[Section] = relationship(lazy="raise_on_sql")
    translations: Mapped[list["Translation"]] = relationship(
        back_populates="article", lazy="raise_on_sql", order_by="Translation.language"
    )

    def translation_in(self, language: str) -> "Translation | None":
        """Return the translation in a language; None if there is none yet."""
        return next((item for item in self.translations if item.language == language), None)


class Translation(Base):
    """An article in one language; HTML is made when it is saved.

    `headings` holds `[level, anchor, text]` lists. `published_at` is None for a draft. `source_digest` is of
    the text that an import wrote last; None for one that was written here.
    """

    __tablename__ = "translations"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    status: Mapped[ArticleStatus] = mapped_column(text_enum(ArticleStatus))
    title: Mapped[str] = mapped_column(String(300))
    slug: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    body_text: Mapped[str] = mapped_column(Text)
    headings: Mapped[list[list[Any]]] = mapped_column(JSON)
    renderer_version: Mapped[int]
    source_digest: Mapped[str | None] = mapped_column(String(64))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    article: Mapped[Article] = relationship(back_populates="translations", lazy="raise_on_sql")
    author: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("article_id", "language"),
        Index("ix_translations_language_status", "language", "status"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.

    @property
    def is_published(self) -> bool:
        """Whether its audience can read it."""
        return self.status is ArticleStatus.PUBLISHED

    def change_status(self, status: ArticleStatus, *, at: datetime) -> None:
        """Publish at a UTC time, or make a draft of it; nothing changes if it is that already."""
        if status is not self.status:
            self.status = status
            self.published_at = at if self.is_published else None


class ArticleVote(Base):
    """What one person or visitor said: did the article help? Saying it again replaces it."""

    __tablename__ = "article_votes"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    voter: Mapped[str] = mapped_column(String(60))
    is_helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(40), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    voted_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("article_id", "voter"),
        CheckConstraint("length(comment) <= 2000", name="comment_length"),
    )
