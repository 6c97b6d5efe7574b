"""Writes to where an article's page points, and what staff choose from."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select, true
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.knowledge import queries
from portal.knowledge.models import Article, ArticleStatus, SeeAlso, Translation
from portal.knowledge.queries import LINK, ArticleLink, one_each, readable
from portal.web.ordering import moved

MOST_FOUND: Final = 20


def see_also_of(session: Session, actor: Actor, article_id: int, *, language: str) -> Sequence[ArticleLink]:
    """Return the articles that were chosen for one, in order, as the actor may read them."""
    rows = session.execute(
        select(*LINK)
        .join(Article.translations)
        .join(SeeAlso, SeeAlso.other_id == Article.id)
        .where(SeeAlso.article_id == article_id, readable(actor))
        .order_by(SeeAlso.position, Article.id, Translation.language != language, Translation.language)
    )
    return one_each(ArticleLink(**row) for row in rows.mappings())


def articles_named(
    session: Session, actor: Actor, words: str, *, language: str, besides: int, drafts: bool = True
) -> Sequence[ArticleLink]:
    """Return articles with the words in a title, in any language, besides one; drafts only if wanted."""
    titled = select(Translation.article_id).where(Translation.title.icontains(words, autoescape=True))
    shown = true() if drafts else Translation.status == ArticleStatus.PUBLISHED
    rows = session.execute(
        select(*LINK)
        .join(Article.translations)
        .where(Article.id.in_(titled), Article.id != besides, readable(actor), shown)
        .order_by(Translation.language != language, Translation.title, Article.id)
    )
    return one_each(ArticleLink(**row) for row in rows.mappings())[:MOST_FOUND]


def point_to(
    session: Session, *, actor: Actor, article_id: int, other_id: int, both_ways: bool = False
) -> None:
    """Let an article's page point to another, after those that it points to; the other's page to it, too.

    Raises:
        NotFoundError: no such articles that the actor may write.
        InvalidError: both are the same.
    """
    if article_id == other_id:
        raise InvalidError(N_("An article cannot point to itself."))
    pairs = [(article_id, other_id), *([(other_id, article_id)] if both_ways else [])]
    for owner_id, target_id in pairs:
        queries.editable_article_for(session, actor, owner_id)
        queries.editable_article_for(session, actor, target_id)
        last = session.scalar(select(func.max(SeeAlso.position)).where(SeeAlso.article_id == owner_id)) or 0
        row = {"article_id": owner_id, "other_id": target_id, "position": last + 1}
        insert_new(session, SeeAlso, [row])
    revisions.bump(session, "knowledge")


def point_only_to(session: Session, *, actor: Actor, article_id: int, other_ids: Sequence[int]) -> None:
    """Let an article's page point to these articles, in this order, and to no others.

    Raises:
        NotFoundError: no such articles that the actor may write.
        InvalidError: one is the article itself.
    """
    queries.editable_article_for(session, actor, article_id)
    session.execute(delete(SeeAlso).where(SeeAlso.article_id == article_id))
    for other_id in other_ids:
        point_to(session, actor=actor, article_id=article_id, other_id=other_id)
    revisions.bump(session, "knowledge")


def point_no_more(session: Session, *, actor: Actor, article_id: int, other_id: int) -> None:
    """Take another article from those that an article's page points to.

    Raises:
        NotFoundError: no such article that the actor may write.
    """
    queries.editable_article_for(session, actor, article_id)
    pair = (SeeAlso.article_id == article_id, SeeAlso.other_id == other_id)
    session.execute(delete(SeeAlso).where(*pair))
    revisions.bump(session, "knowledge")


def put_before(
    session: Session, *, actor: Actor, article_id: int, other_id: int, before_id: int | None
) -> None:
    """Name one of the articles that a page points to before another; last if that is None.

    Raises:
        NotFoundError: no such article that the actor may write, or its page does not point there.
    """
    queries.editable_article_for(session, actor, article_id)
    own = select(SeeAlso).where(SeeAlso.article_id == article_id)
    rows = session.scalars(own.order_by(SeeAlso.position, SeeAlso.other_id)).all()
    ids = [row.other_id for row in rows]
    if other_id not in ids:
        raise NotFoundError("link")
    order = moved(ids, other_id, before_id)
    for row in rows:
        row.position = order.index(row.other_id) + 1
    revisions.bump(session, "knowledge")
