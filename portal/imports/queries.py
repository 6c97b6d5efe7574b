"""Reads of what earlier imports of a help centre have left."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.knowledge.models import Article, Section, Translation


def section_by_key(session: Session, key: str) -> Section | None:
    """Return the section that came in under a key; None if none did."""
    return session.scalar(select(Section).where(Section.source_key == key))


def section_id_of(session: Session, slug: str) -> int:
    """Return the id of the section of a slug, which is known to be there."""
    return session.scalars(select(Section.id).where(Section.slug == slug)).one()


def articles_by_key(session: Session, keys: Iterable[str]) -> Mapping[str, Article]:
    """Return the articles that came in under these keys, with all their translations."""
    query = select(Article).options(selectinload(Article.translations)).where(Article.source_key.in_(keys))
    return {article.source_key: article for article in session.scalars(query) if article.source_key}


def locked_articles(session: Session, ids: Iterable[int]) -> Mapping[int, Article]:
    """Return articles by id, with all their translations; nobody else saves a text of them meanwhile."""
    query = select(Article).options(joinedload(Article.section), selectinload(Article.translations))
    rows = session.scalars(query.where(Article.id.in_(ids)).order_by(Article.id).with_for_update(of=Article))
    return {article.id: article for article in rows}


def digests_by_key(session: Session, *, prefix: str, language: str) -> Mapping[str, str | None]:
    """Return the digest of each imported text in a language, by its article's key, which begins so."""
    rows = session.execute(
        select(Article.source_key, Translation.source_digest)
        .join(Article.translations)
        .where(Article.source_key.startswith(prefix, autoescape=True), Translation.language == language)
    )
    return {row.source_key: row.source_digest for row in rows}
