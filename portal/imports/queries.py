"""Reads of what earlier imports of a help centre have left."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.knowledge.models import Article, Section, Translation


def section_by_key(session: Session, key: str) -> Section | None:
    """Return the section that came in under a key; None if none did."""
    return session.scalar(select(Section).where(Section.source_key == key))


def articles_by_key(session: Session, keys: Iterable[str]) -> Mapping[str, Article]:
    """Return the articles that came in under these keys, with all their translations."""
    query = select(Article).options(selectinload(Article.translations)).where(Article.source_key.in_(keys))
    return {article.source_key: article for article in session.scalars(query) if article.source_key}


def translated_keys(session: Session, *, prefix: str, language: str) -> frozenset[str]:
    """Return the keys beginning so of the imported articles that say something in a language."""
    keys = session.scalars(
        select(Article.source_key)
        .join(Article.translations)
        .where(Article.source_key.startswith(prefix, autoescape=True), Translation.language == language)
    )
    return frozenset(key for key in keys if key)
