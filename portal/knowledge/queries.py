"""Reads of the knowledge base; each returns only what the actor may see, and drafts only to staff."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.accounts.audience import Audience, seen_by
from portal.core.errors import NotFoundError
from portal.knowledge import policies
from portal.knowledge.models import Article, ArticleStatus, Section, SectionSlug, Translation
from portal.search.places import Place

LINK: Final = (
    Article.id.label("article_id"),
    Translation.language,
    Translation.title,
    Translation.slug,
    Translation.summary,
    Translation.status,
)
"""The columns of an `ArticleLink`."""
TEXTS: Final = (Translation.body, Translation.body_html, Translation.body_text, Translation.headings)
"""The columns that lists need not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionNode:
    """A section of the tree; `count` is how many articles the actor may see in it and below."""

    section: Section
    count: int
    children: tuple["SectionNode", ...]

    def walk(self, *above: Section) -> Iterator[tuple[tuple[Section, ...], "SectionNode"]]:
        """Yield this section and all below it, each with the sections above it."""
        yield above, self
        for child in self.children:
            yield from child.walk(*above, self.section)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleLink:
    """An article in a list; `language` is the one its title is in, the reader's own where possible."""

    article_id: int
    language: str
    title: str
    slug: str
    summary: str
    status: ArticleStatus


@dataclass(frozen=True, kw_only=True)
class SectionPage:
    """A section, the sections above it from the top, and the articles directly in it."""

    node: SectionNode
    trail: Sequence[Section]
    articles: Sequence[ArticleLink]


def readable(actor: Actor) -> ColumnElement[bool]:
    """Select the texts that the actor may read: drafts only as staff, and none of a merged article."""
    return readable_by(actor.audiences, may_write=policies.may_write(actor))


def readable_by(audiences: Audience | None, *, may_write: bool) -> ColumnElement[bool]:
    """Select the texts that whoever belongs to these audiences may read, drafts too if they may write."""
    kept = Translation.status != ArticleStatus.ARCHIVED
    published = kept if may_write else Translation.status == ArticleStatus.PUBLISHED
    return and_(seen_by(audiences, Article.audience), published, Article.merged_into_id.is_(None))


def sections_for(session: Session, actor: Actor) -> Sequence[SectionNode]:
    """Return the tree of sections that hold something for the actor; staff see the empty ones too."""
    rows = session.execute(
        select(Article.section_id, func.count(Article.id.distinct()).label("number"))
        .join(Article.translations)
        .where(readable(actor))
        .group_by(Article.section_id)
    )
    counts: dict[int, int] = {row.section_id: row.number for row in rows}
    below: dict[int | None, list[Section]] = {}
    for section in session.scalars(select(Section).order_by(Section.position, Section.id)):
        below.setdefault(section.parent_id, []).append(section)

    def nodes(parent_id: int | None) -> Iterator[SectionNode]:
        for section in below.get(parent_id, ()):
            children = tuple(nodes(section.id))
            count = counts.get(section.id, 0) + sum(child.count for child in children)
            if count or policies.may_write(actor):
                yield SectionNode(section=section, count=count, children=children)

    return tuple(nodes(None))


def places(session: Session) -> Iterator[Place]:
    """Yield all sections, as search narrows its results to them."""
    by_id = {
        section.id: section
        for section in session.scalars(select(Section).order_by(Section.position, Section.id))
    }
    for section in by_id.values():
        above = by_id[section.parent_id].place if section.parent_id else None
        yield Place(key=section.place, slug=section.slug, names=section.names, parent=above)


def section_for(session: Session, actor: Actor, slug: str, *, language: str) -> SectionPage:
    """Return one section with what is in it, by its slug or by one that it had before.

    Raises:
        NotFoundError: no such section that holds something for the actor.
    """
    ways = {
        node.section.slug: (trail, node) for top in sections_for(session, actor) for trail, node in top.walk()
    }
    found = ways.get(slug) or ways.get(_slug_since(session, slug) or "")
    if found is None:
        raise NotFoundError("section")
    trail, node = found
    articles = articles_for(session, actor, node.section.id, language=language)
    return SectionPage(node=node, trail=trail, articles=articles)


def _slug_since(session: Session, slug: str) -> str | None:
    """Return the present slug of the section that had this one before; None if none had."""
    had = select(SectionSlug.section_id).where(SectionSlug.slug == slug)
    return session.scalar(select(Section.slug).where(Section.id == had.scalar_subquery()))


def articles_for(session: Session, actor: Actor, section_id: int, *, language: str) -> Sequence[ArticleLink]:
    """Return the articles directly in a section, in order, each in the language or in another there is."""
    return one_each(links_in(session, actor, section_id, language))


def links_in(session: Session, actor: Actor, section_id: int, language: str) -> Sequence[ArticleLink]:
    """Return a section's translations: articles in order, the wanted language first in each."""
    rows = session.execute(
        select(*LINK)
        .join(Article.translations)
        .where(Article.section_id == section_id, readable(actor))
        .order_by(Article.position, Article.id, Translation.language != language, Translation.language)
    )
    return [ArticleLink(**row) for row in rows.mappings()]


def one_each(links: Iterable[ArticleLink]) -> list[ArticleLink]:
    """Return the first link to each article."""
    first: dict[int, ArticleLink] = {}
    for link in links:
        first.setdefault(link.article_id, link)
    return list(first.values())


def texts_of(actor: Actor, article_id: int, language: str) -> Select[Translation]:
    """Select one text of an article, or of the one that took it over: in the language, or in another."""
    taken_over = select(Article.merged_into_id).where(Article.id == article_id).scalar_subquery()
    return (
        select(Translation)
        .join(Translation.article)
        .options(
            contains_eager(Translation.article),
            defer(Translation.body, raiseload=True),
            defer(Translation.body_text, raiseload=True),
        )
        .where(Article.id.in_((article_id, taken_over)), readable(actor))
        .order_by(Translation.language != language, Translation.language)
        .limit(1)
    )


def article_for(session: Session, actor: Actor, article_id: int, *, language: str) -> Translation:
    """Return an article, or the one that took it over, in a language or in another there is.

    Raises:
        NotFoundError: no such article that the actor may see.
    """
    translation = session.scalar(texts_of(actor, article_id, language))
    if translation is None:
        raise NotFoundError("article")
    return translation


def _trail() -> Select[Section]:
    """Select the sections from the top down to `section_id`."""
    above = (
        select(Section.id, Section.parent_id, literal(0).label("height"))
        .where(Section.id == bindparam("section_id"))
        .cte("above", recursive=True)
    )
    above = above.union_all(
        select(Section.id, Section.parent_id, above.c.height + 1).where(Section.id == above.c.parent_id)
    )
    return select(Section).join(above, Section.id == above.c.id).order_by(above.c.height.desc())


TRAIL: Final = _trail()  # Made once: making it costs more than asking it.


def editable_section_for(session: Session, actor: Actor, section_id: int) -> Section:
    """Return a section, for those who may write.

    Raises:
        NotFoundError: no such section, or the actor may not write.
    """
    section = session.get(Section, section_id) if policies.may_write(actor) else None
    if section is None:
        raise NotFoundError("section")
    return section


def editable_article_for(session: Session, actor: Actor, article_id: int, *, locked: bool = False) -> Article:
    """Return an article with its section and all translations, for those who may write.

    `locked` holds its row until the transaction ends, so that nobody else saves a text of it meanwhile.

    Raises:
        NotFoundError: no such article, or the actor may not write.
    """
    if not policies.may_write(actor):
        raise NotFoundError("article")
    return article_with_texts(session, article_id, locked=locked)


def article_with_texts(session: Session, article_id: int, *, locked: bool = False) -> Article:
    """Return an article with its section and all translations, whoever asks.

    Raises:
        NotFoundError: no such article.
    """
    query = select(Article).options(
        joinedload(Article.section), selectinload(Article.translations).joinedload(Translation.author)
    )
    query = query.where(Article.id == article_id)
    article = session.scalar(query.with_for_update(of=Article) if locked else query)
    if article is None:
        raise NotFoundError("article")
    return article


def needs_review(session: Session, article: Article) -> bool:
    """Tell whether a second person has to look before a text of an article goes live."""
    trail = session.scalars(TRAIL, {"section_id": article.section_id})
    return any(section.needs_review for section in trail)


def sections_needing_review(session: Session) -> AbstractSet[int]:
    """Return the sections in which a second person has to look, by themselves or by one above them."""
    rows = session.execute(select(Section.id, Section.parent_id, Section.needs_review)).all()
    found = {row.id for row in rows if row.needs_review}
    while below := {row.id for row in rows if row.parent_id in found} - found:
        found |= below
    return found


def verifier_id_of(session: Session, article: Article) -> int | None:
    """Return who verifies an article: its own verifier, else that of the nearest section; None if nobody."""
    trail = session.scalars(TRAIL, {"section_id": article.section_id}).all()
    named = [*(section.verifier_id for section in trail), article.verifier_id]
    return next((verifier_id for verifier_id in reversed(named) if verifier_id), None)
