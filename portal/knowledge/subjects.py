"""What sections and articles are called, for those who may see them."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.knowledge.models import Article, Translation
from portal.knowledge.paths import path_of_article, path_of_section
from portal.knowledge.queries import LINK, ArticleLink, one_each, readable, sections_for
from portal.notifications.subjects import Named


def sections_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some sections by id."""
    return {
        node.section.id: Named(
            title=node.section.name(language), path=path_of_section(node.section.slug, language=language)
        )
        for top in sections_for(session, actor)
        for _, node in top.walk()
        if node.section.id in ids
    }


def articles_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some articles by id, in the language or in another there is, with their summaries."""
    rows = session.execute(
        select(*LINK)
        .join(Article.translations)
        .where(Article.id.in_(ids), readable(actor))
        .order_by(Translation.language != language, Translation.language)
    )
    return {
        link.article_id: Named(
            title=link.title,
            path=path_of_article(link.article_id, link.slug, language=link.language),
            excerpt=link.summary,
        )
        for link in one_each(ArticleLink(**row) for row in rows.mappings())
    }
