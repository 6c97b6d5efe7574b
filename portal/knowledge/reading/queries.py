"""Reads of an article's page: its text, its place, and where to read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CompoundSelect, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.knowledge.models import Article, ArticleVote, RelatedArticle, Section, SeeAlso, Translation
from portal.knowledge.queries import LINK, TRAIL, ArticleLink, links_in, one_each, readable, texts_of

MOST_RELATED: Final = 4


@dataclass(frozen=True, kw_only=True)
class ArticlePage:
    """An article as its readers see it; `see_also` was chosen, `related` computed."""

    translation: Translation
    trail: Sequence[Section]
    others: Sequence[ArticleLink]
    previous: ArticleLink | None
    next: ArticleLink | None
    see_also: Sequence[ArticleLink]
    related: Sequence[ArticleLink]


def article_page_for(session: Session, actor: Actor, article_id: int, *, language: str) -> ArticlePage:
    """Return an article with all its page shows, in four statements whatever that is.

    Raises:
        NotFoundError: no such article that the actor may see.
    """
    translation = session.scalars(texts_of(actor, article_id, language)).first()
    if translation is None:
        raise NotFoundError("article")
    article = translation.article
    links = links_in(session, actor, article.section_id, language)
    neighbours = one_each(links)
    place = next(index for index, link in enumerate(neighbours) if link.article_id == article.id)
    before, after = neighbours[:place], neighbours[place + 1 :]
    see_also, related = _further(session, actor, article.id, language)
    return ArticlePage(
        translation=translation,
        trail=session.scalars(TRAIL, {"section_id": article.section_id}).all(),
        others=[
            link for link in links if link.article_id == article.id and link.language != translation.language
        ],
        previous=before[-1] if before else None,
        next=after[0] if after else None,
        see_also=see_also,
        related=_without(see_also, related or after[1:4] + before[-4:-1]),
    )


def _without(see_also: Sequence[ArticleLink], related: Sequence[ArticleLink]) -> Sequence[ArticleLink]:
    chosen = {link.article_id for link in see_also}
    return [link for link in related if link.article_id not in chosen][:MOST_RELATED]


def _further(
    session: Session, actor: Actor, article_id: int, language: str
) -> tuple[list[ArticleLink], list[ArticleLink]]:
    """Return what was chosen, in order, and what is related: the language's own first, then the nearest."""
    ways = _ways_on(article_id).subquery()
    in_order = case((ways.c.is_chosen, ways.c.place))
    rows = session.execute(
        select(*LINK, ways.c.is_chosen)
        .join(ways, ways.c.article_id == Article.id)
        .join(Article.translations)
        .where(Article.id != article_id, readable(actor))
        .order_by(in_order, Translation.language != language, ways.c.place, Article.id, Translation.language)
    )
    links: dict[bool, list[ArticleLink]] = {True: [], False: []}
    for row in rows.mappings():
        values = dict(row)
        links[values.pop("is_chosen")].append(ArticleLink(**values))
    return one_each(links[True]), one_each(links[False])


def _ways_on(article_id: int) -> CompoundSelect[int, bool, float]:
    """Select where readers can go on: links of merged articles are those of the one that took them over."""
    owner, other = aliased(Article), aliased(Article)
    chosen = (
        select(
            func.coalesce(other.merged_into_id, other.id).label("article_id"),
            literal(True).label("is_chosen"),
            (SeeAlso.position + 0.0).label("place"),
        )
        .join(owner, owner.id == SeeAlso.article_id)
        .join(other, other.id == SeeAlso.other_id)
        .where(or_(owner.id == article_id, owner.merged_into_id == article_id))
    )
    distance = (1 - RelatedArticle.content) * (1 - RelatedArticle.together)
    computed = select(RelatedArticle.other_id, literal(False), distance)
    return union_all(chosen, computed.where(RelatedArticle.article_id == article_id))


def vote_of(
    session: Session, article_id: int, *, language: str, number: int, person: str
) -> ArticleVote | None:
    """Return what a person or visitor has said about a revision of an article; None if nothing."""
    return session.scalar(
        select(ArticleVote).where(
            ArticleVote.article_id == article_id,
            ArticleVote.language == language,
            ArticleVote.revision_number == number,
            ArticleVote.voter == person,
        )
    )
