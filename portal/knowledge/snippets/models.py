"""Texts that help to write articles: snippets that many share, and templates that new ones begin with."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.i18n import in_language
from portal.core.orm import Base


class Snippet(Base):
    """A text that articles use by its name, which never changes; it is kept per language, in Markdown."""

    __tablename__ = "snippets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    bodies: Mapped[dict[str, str]] = mapped_column(JSON)

    def body(self, language: str) -> str:
        """Return the text in a language, or in whichever there is."""
        return in_language(self.bodies, language)


class ArticleTemplate(Base):
    """What a new article of some kind begins with, per language, in Markdown."""

    __tablename__ = "article_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    bodies: Mapped[dict[str, str]] = mapped_column(JSON)

    def body(self, language: str) -> str:
        """Return the text in a language, or in whichever there is."""
        return in_language(self.bodies, language)
