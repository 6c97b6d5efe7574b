"""The knowledge base: a tree of sections, articles in it, one translation per language, its revisions."""

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
    """Whether a translation can be read by its audience: not yet, now, or no more."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Stage(StrEnum):
    """How far the newest revision of a translation has come on its way to the readers."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_ASKED = "changes_asked"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class Significance(StrEnum):
    """How much a revision changes what an article says; translations follow normal and major changes."""

    TYPO = "typo"
    NORMAL = "normal"
    MAJOR = "major"


class Freshness(StrEnum):
    """Whether a translation says what its source says."""

    FRESH = "fresh"
    TO_UPDATE = "to_update"
    OUTDATED = "outdated"


class Verdict(StrEnum):
    """What a reviewer says about a revision."""

    APPROVED = "approved"
    CHANGES_ASKED = "changes_asked"


def place_of_section(section_id: int) -> str:
    """Return what search calls a section."""
    return f"section:{section_id}"


class Section(Base):
    """A node of the tree; `parent_id` is None at the top. Names are kept per language.

    `needs_review` holds for everything below as well. `verifier_id` and `verify_every_days` hold for the
    articles below that name no other; None where nothing is asked.
    """

    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None] = mapped_column(String(600), unique=True)
    needs_review: Mapped[bool] = mapped_column(default=False)
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    verify_every_days: Mapped[int | None]

    @property
    def place(self) -> str:
        """What search calls it."""
        return place_of_section(self.id)

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)

    def description(self, language: str) -> str:
        """Return the description in a language, or in whichever there is."""
        return in_language(self.descriptions, language)


class SectionSlug(Base):
    """A slug that a section had before; its address still leads there."""

    __tablename__ = "section_slugs"

    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id", ondelete="CASCADE"), index=True)


class Article(Base):
    """A unit of the knowledge base; its texts are its translations, made from the one in `source_language`.

    `source_key` says which file of an import it came from; None for one that was written here. `verified_at`
    is when someone last said that it is true, `due_told_at` when its verifier last heard that it is due.
    `merged_into_id` names the article that took it over.
    """

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    audience: Mapped[Audience] = mapped_column(AudienceType, default=PUBLIC)
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None] = mapped_column(String(600), unique=True)
    source_language: Mapped[str] = mapped_column(String(8), default="")
    created_at: Mapped[datetime]
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    verify_every_days: Mapped[int | None]
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    due_told_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("articles.id", ondelete="SET NULL"), index=True
    )

    section: Mapped[Section] = relationship(lazy="raise_on_sql")
    translations: Mapped[list["Translation"]] = relationship(
        back_populates="article", lazy="raise_on_sql", order_by="Translation.language"
    )

    @property
    def place(self) -> str:
        """What search calls where it stands."""
        return place_of_section(self.section_id)

    def translation_in(self, language: str) -> "Translation | None":
        """Return the translation in a language; None if there is none yet."""
        return next((item for item in self.translations if item.language == language), None)


class Translation(Base):
    """An article in one language as its readers see it, or its newest draft while none do.

    `newest_number` is that of the newest revision, `stage` how far this one has come, `publish_at` when it
    is to go live by itself; `live_number` is that of the revision that readers see, None before the first.
    `headings` holds `[level, anchor, text]` lists. `published_at` is None for a draft. `source_digest` is of
    the text that an import wrote last; None for one that was written here.
    """

    __tablename__ = "translations"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    status: Mapped[ArticleStatus] = mapped_column(text_enum(ArticleStatus))
    stage: Mapped[Stage] = mapped_column(text_enum(Stage), default=Stage.DRAFT)
    newest_number: Mapped[int] = mapped_column(default=0)
    live_number: Mapped[int | None]
    publish_at: Mapped[datetime | None] = mapped_column(index=True)
    freshness: Mapped[Freshness] = mapped_column(text_enum(Freshness), default=Freshness.FRESH)
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

    @property
    def has_changes(self) -> bool:
        """Whether there is a newer text than the one that readers see."""
        return self.live_number is not None and self.live_number != self.newest_number


class ArticleRevision(Base):
    """A text as it was saved; `number` counts from 1 in each translation.

    `source_number` is that of the source's revision which it translates; None in the source language.
    `restored_number` is that of the earlier revision whose text it took up again. `review_asked_at` is when a
    review was last asked for; None if it never was.
    """

    __tablename__ = "article_revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    significance: Mapped[Significance] = mapped_column(text_enum(Significance))
    note: Mapped[str] = mapped_column(String(300))
    source_number: Mapped[int | None]
    restored_number: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    review_asked_at: Mapped[datetime | None]
    review_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    author: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=author_id)
    review_asked_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=review_asked_by_id)
    reviews: Mapped[list["ArticleReview"]] = relationship(lazy="raise_on_sql", order_by="ArticleReview.id")

    __table_args__ = (UniqueConstraint("translation_id", "number"),)


class ArticleReview(Base):
    """What a second person said about a revision."""

    __tablename__ = "article_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(
        ForeignKey("article_revisions.id", ondelete="CASCADE"), index=True
    )
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    verdict: Mapped[Verdict] = mapped_column(text_enum(Verdict))
    comment: Mapped[str] = mapped_column(Text)
    reviewed_at: Mapped[datetime]

    reviewer: Mapped[User | None] = relationship(lazy="raise_on_sql")


class ArticleDraft(Base):
    """What a person has typed into an article's form and not saved.

    `key` is `<article id or new>:<language>`; `base_number` is that of the revision which the form was
    opened on, None for a text that is new.
    """

    __tablename__ = "article_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    base_number: Mapped[int | None]
    saved_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "key"),)


class SeeAlso(Base):
    """An article that another one's page points to, in a chosen order."""

    __tablename__ = "see_also"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class RelatedArticle(Base):
    """How near another article is to one: by what both say, and by who reads both; 0…1 each."""

    __tablename__ = "related_articles"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[float]
    together: Mapped[float]


class ArticleVote(Base):
    """What one person or visitor said of one revision: did it help? Saying it again replaces it.

    `resolution` is what staff answered when they had dealt with it, at `resolved_at`.
    """

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
    revision_number: Mapped[int]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    resolution: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("article_id", "language", "revision_number", "voter"),
        CheckConstraint("length(comment) <= 2000", name="comment_length"),
    )
