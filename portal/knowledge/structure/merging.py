"""Two articles that say the same become one, and can be parted again.

Nothing of the article that is taken over is changed: its texts, their history and its votes stay with it, and
count or lead where `merged_into_id` says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.knowledge import publishing, queries
from portal.knowledge.models import Article, ArticleVote, SeeAlso, Translation
from portal.knowledge.queries import TEXTS


@dataclass(frozen=True, kw_only=True)
class Merger:
    """What comes of a merger: `lost_languages` are those in which only the article taken over says anything.

    `linking` are the texts whose Markdown leads to it; their links go on to the other. `earlier` were merged
    into it before.
    """

    article: Article
    target: Article
    votes: int
    see_also: int
    lost_languages: Sequence[str]
    linking: Sequence[Translation]
    earlier: Sequence[Article]


def merger_for(session: Session, actor: Actor, article_id: int, target_id: int) -> Merger:
    """Tell what comes of merging one article into another.

    Raises:
        NotFoundError: no such articles that the actor may write.
        InvalidError: both are the same, or readers see the one but would not see the other.
        ConflictError: it is merged already.
    """
    article = queries.editable_article_for(session, actor, article_id)
    target = queries.editable_article_for(session, actor, target_id)
    if article.id == target.id or target.merged_into_id is not None:
        raise InvalidError(N_("Choose another article, one that readers can see."))
    if article.merged_into_id is not None:
        raise ConflictError(N_("This article was merged already. Look at it again."))
    seen, published = _published(article), _published(target)
    if seen and not published:
        raise InvalidError(N_("Choose another article, one that readers can see."))
    return Merger(
        article=article,
        target=target,
        votes=_count(session, ArticleVote.article_id == article_id),
        see_also=_count(session, or_(SeeAlso.article_id == article_id, SeeAlso.other_id == article_id)),
        lost_languages=sorted(seen - published),
        linking=linking_to(session, article_id),
        earlier=merged_into(session, article_id),
    )


def _published(article: Article) -> set[str]:
    return {text.language for text in article.translations if text.is_published}


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def linking_to(session: Session, article_id: int) -> Sequence[Translation]:
    """Return the texts of other articles whose Markdown leads to an article."""
    link = re.compile(rf"/help/(?:\w+/)?articles/{article_id}(?!\d)")
    rows = session.scalars(
        select(Translation)
        .options(*(defer(column, raiseload=True) for column in TEXTS if column is not Translation.body))
        .where(
            Translation.body.contains(f"articles/{article_id}"),
            Translation.article_id != article_id,
        )
        .order_by(Translation.article_id, Translation.language)
    )
    return [row for row in rows if link.search(row.body)]


def merged_into(session: Session, article_id: int) -> Sequence[Article]:
    """Return the articles that one has taken over, with their texts."""
    query = select(Article).where(Article.merged_into_id == article_id).order_by(Article.id)
    return session.scalars(
        query.options(joinedload(Article.section), selectinload(Article.translations))
    ).all()


def merge(session: Session, *, actor: Actor, article_id: int, target_id: int, now: datetime) -> Article:
    """Let one article take over another, and what that had taken over before; return the one that stays.

    Raises:
        NotFoundError: no such articles that the actor may write.
        InvalidError: both are the same, or readers see the one but would not see the other.
        ConflictError: it is merged already.
    """
    plan = merger_for(session, actor, article_id, target_id)
    for article in (plan.article, *plan.earlier):
        article.merged_into_id = plan.target.id
    session.flush()
    publishing.make_findable(session, plan.article, now)
    return plan.target


def restore_merger(session: Session, *, actor: Actor, article_id: int, target_id: int, now: datetime) -> None:
    """Let an article's addresses lead to another, as a merger elsewhere had them, whoever sees that one.

    Raises:
        NotFoundError: no such articles that the actor may write.
        InvalidError: both are the same, or the other leads further.
    """
    article = queries.editable_article_for(session, actor, article_id)
    target = queries.editable_article_for(session, actor, target_id)
    if article is target or target.merged_into_id is not None:
        raise InvalidError(N_("Choose another article, one that was not merged."))
    article.merged_into_id = target.id
    session.flush()
    publishing.make_findable(session, article, now)


def part(session: Session, *, actor: Actor, article_id: int, now: datetime) -> Article:
    """Undo `merge` for one article: it stands by itself again, as it was.

    Raises:
        NotFoundError: no such article that the actor may write.
    """
    article = queries.editable_article_for(session, actor, article_id)
    article.merged_into_id = None
    session.flush()
    publishing.make_findable(session, article, now)
    return article
