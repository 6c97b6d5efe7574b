"""Reads of what anyone may read, for feeds and the sitemap: machines do not sign in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, contains_eager, defer

from portal.accounts.actors import VISITOR
from portal.core.paging import Page, RowCursor
from portal.knowledge import queries
from portal.knowledge.models import Article, Translation
from portal.knowledge.paths import path_of_article, path_of_section
from portal.knowledge.queries import SectionNode
from portal.web.sitemaps import Listed

NEWEST: Final = 30
_PUBLIC: Final = queries.readable(VISITOR)


def newest_texts(
    session: Session, *, language: str, section_ids: Iterable[int] | None
) -> Sequence[Translation]:
    """Return the public texts in a language that were changed last; of all sections if none are named."""
    query = (
        select(Translation)
        .join(Translation.article)
        .options(
            contains_eager(Translation.article),
            *(defer(column, raiseload=True) for column in (Translation.body, Translation.body_html)),
        )
        .where(_PUBLIC, Translation.language == language)
    )
    if section_ids is not None:
        query = query.where(Article.section_id.in_(section_ids))
    newest_first = query.order_by(Translation.updated_at.desc(), Translation.id.desc())
    return session.scalars(newest_first.limit(NEWEST)).all()


def page_of_texts(
    session: Session, *, language: str | None, after: RowCursor | None, size: int
) -> Page[Translation]:
    """Return some of the public texts, in a language or in all, the oldest first."""
    query = (
        select(Translation)
        .join(Translation.article)
        .options(*(defer(column, raiseload=True) for column in (Translation.body, Translation.body_html)))
        .where(_PUBLIC, Translation.id > (after.id if after else 0))
    )
    if language is not None:
        query = query.where(Translation.language == language)
    rows = session.scalars(query.order_by(Translation.id).limit(size + 1)).all()
    return Page.cut(rows, size, lambda text: RowCursor(id=text.id))


def listed_sections(session: Session, languages: Sequence[str]) -> Iterator[Listed]:
    """Yield the pages of all sections that visitors see, in each language that they have a name in."""
    changes = _changes(session)
    for top in queries.sections_for(session, VISITOR):
        for _above, node in top.walk():
            named = [code for code in languages if code in node.section.names] or languages[:1]
            paths = {code: path_of_section(node.section.slug, language=code) for code in named}
            yield from _in_each_language(paths, dict.fromkeys(named, _changed_at(node, changes)))


def _changes(session: Session) -> dict[int, datetime]:
    """Return when the texts directly in a section changed last, by section id."""
    query = (
        select(Article.section_id, func.max(Translation.updated_at).label("at"))
        .join(Article.translations)
        .where(_PUBLIC)
        .group_by(Article.section_id)
    )
    return {row.section_id: row.at for row in session.execute(query)}


def _changed_at(node: SectionNode, changes: Mapping[int, datetime]) -> datetime:
    within = {child.section.id for _above, child in node.walk()}
    return max(at for section_id, at in changes.items() if section_id in within)


def count_articles(session: Session, languages: Sequence[str]) -> int:
    """Return how many articles anyone may read in one of the languages."""
    query = select(func.count(Article.id.distinct())).join(Article.translations)
    return session.scalar(query.where(_PUBLIC, Translation.language.in_(languages))) or 0


def listed_articles(
    session: Session, languages: Sequence[str], *, offset: int, limit: int
) -> Iterator[Listed]:
    """Yield the pages of some public articles, each in all of the languages that it has."""
    offered = and_(_PUBLIC, Translation.language.in_(languages))
    some = select(Article.id).join(Article.translations).where(offered).distinct()
    some = some.order_by(Article.id).offset(offset).limit(limit)
    rows = session.execute(
        select(Article.id, Translation.language, Translation.slug, Translation.updated_at)
        .join(Article.translations)
        .where(offered, Article.id.in_(some))
        .order_by(Article.id, Translation.language)
    )
    for article_id, group in groupby(rows, key=lambda row: row.id):
        texts = list(group)
        paths = {
            text.language: path_of_article(article_id, text.slug, language=text.language) for text in texts
        }
        yield from _in_each_language(paths, {text.language: text.updated_at for text in texts})


def _in_each_language(paths: Mapping[str, str], changes: Mapping[str, datetime]) -> Iterator[Listed]:
    alternates = paths if len(paths) > 1 else {}
    for language, path in paths.items():
        yield Listed(path=path, changed_at=changes[language], alternates=alternates)
