"""What sections and articles are called, for those who may see them."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.knowledge import policies
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.paths import path_of_article, path_of_section
from portal.knowledge.queries import LINK, ArticleLink, one_each, readable_by, sections_for
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


@lru_cache(maxsize=1000)
def _links_seen_by(
    audiences: frozenset[str] | None, *, may_write: bool
) -> Select[int, str, str, str, str, ArticleStatus]:
    """Select `ids`, `language` first; kept, since making it costs more than asking it, once a digest."""
    return (
        select(*LINK)
        .join(Article.translations)
        .where(Article.id.in_(bindparam("ids", expanding=True)), readable_by(audiences, may_write=may_write))
        .order_by(Translation.language != bindparam("language"), Translation.language)
    )


def articles_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some articles by id, in the language or in another there is, with their summaries."""
    wanted = {"ids": list(ids), "language": language}
    rows = session.execute(_links_seen_by(actor.audiences, may_write=policies.may_write(actor)), wanted)
    return {
        link.article_id: Named(
            title=link.title,
            path=path_of_article(link.article_id, link.slug, language=link.language),
            excerpt=link.summary,
        )
        for link in one_each(ArticleLink(**row) for row in rows.mappings())
    }
