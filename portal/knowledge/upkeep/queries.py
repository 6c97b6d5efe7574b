"""Reads of who keeps articles true, and of when each has to be looked at again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.knowledge import policies
from portal.knowledge.models import Article, ArticleStatus, Section, Translation
from portal.knowledge.paths import path_of_article
from portal.knowledge.rules import DueState, due_at, due_state
from portal.knowledge.upkeep.models import ArticleVerification, BrokenLink


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Who is asked to look, and every how many days; None where nobody says."""

    verifier_id: int | None = None
    every_days: int | None = None

    def below(self, above: "Asked") -> "Asked":
        """Return what holds here, given what holds above: each of the two is taken over by itself."""
        return Asked(
            verifier_id=self.verifier_id or above.verifier_id, every_days=self.every_days or above.every_days
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Who verifies an article, every how many days, when that was done, and when it is due again.

    Verifier and interval are the article's own, else those of the nearest section above that names one.
    `verified_by_id` is None where nobody has looked since it was first published, which counts as the first
    time. `due_at` is None where nothing is asked, and where readers see no text. `told_at` is when the
    verifier last heard that it is due.
    """

    verifier_id: int | None
    every_days: int | None
    verified_at: datetime | None
    verified_by_id: int | None
    due_at: datetime | None
    told_at: datetime | None
    state: DueState


def standings_of(
    session: Session, article_ids: Collection[int] | None, *, now: datetime
) -> Mapping[int, Standing]:
    """Return the standings of articles by id, of all for None; in two statements whatever their number."""
    holding = _asked_in_sections(session)
    found = {}
    for row in session.execute(_articles(article_ids)):
        own = Asked(verifier_id=row.verifier_id, every_days=row.verify_every_days)
        asked = own.below(holding[row.section_id])
        since = row.published_at and (row.verified_at or row.published_at)
        due = due_at(since, asked.every_days)
        found[row.id] = Standing(
            verifier_id=asked.verifier_id,
            every_days=asked.every_days,
            verified_at=row.verified_at,
            verified_by_id=row.verified_by_id,
            due_at=due,
            told_at=row.due_told_at,
            state=due_state(due, now=now),
        )
    return found


def _asked_in_sections(session: Session) -> Mapping[int, Asked]:
    """Return what holds in each section by itself or by those above it."""
    columns = (Section.id, Section.parent_id, Section.verifier_id, Section.verify_every_days)
    rows = {row.id: row for row in session.execute(select(*columns))}

    def asked(section_id: int | None) -> Asked:
        if section_id is None:
            return Asked()
        row = rows[section_id]
        own = Asked(verifier_id=row.verifier_id, every_days=row.verify_every_days)
        return own.below(asked(row.parent_id))

    return {section_id: asked(section_id) for section_id in rows}


def _articles(
    article_ids: Collection[int] | None,
) -> Select[int, int, int | None, int | None, datetime | None, int | None, datetime | None, datetime | None]:
    """Select articles with the time at which readers first saw a text that they still see."""
    published = and_(
        Translation.article_id == Article.id,
        Translation.status == ArticleStatus.PUBLISHED,
        Article.merged_into_id.is_(None),
    )
    query = (
        select(
            Article.id,
            Article.section_id,
            Article.verifier_id,
            Article.verify_every_days,
            Article.verified_at,
            Article.verified_by_id,
            Article.due_told_at,
            func.min(Translation.published_at).label("published_at"),
        )
        .outerjoin(Translation, published)
        .group_by(Article.id)
        .order_by(Article.id)
    )
    return query if article_ids is None else query.where(Article.id.in_(article_ids))


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenPlace:
    """A broken link, with the article whose text it stands in and the address of that place."""

    link: BrokenLink
    article_id: int
    language: str
    page: str


def broken_links_for(
    session: Session, actor: Actor, article_ids: Collection[int] | None = None
) -> Sequence[BrokenPlace]:
    """Return, for staff, what is broken in texts that readers see; in all articles for None."""
    if not policies.may_write(actor):
        return []
    query = (
        select(BrokenLink, Translation.article_id, Translation.language, Translation.slug)
        .join(BrokenLink.translation)
        .join(Translation.article)
        .where(Translation.status == ArticleStatus.PUBLISHED, Article.merged_into_id.is_(None))
        .order_by(Translation.article_id, Translation.language, BrokenLink.id)
    )
    if article_ids is not None:
        query = query.where(Article.id.in_(article_ids))
    return [
        BrokenPlace(
            link=link,
            article_id=article_id,
            language=language,
            page=path_of_article(article_id, slug, language=language) + (link.place and f"#{link.place}"),
        )
        for link, article_id, language, slug in session.execute(query)
    ]


def verifications_for(session: Session, actor: Actor, article_id: int) -> Sequence[ArticleVerification]:
    """Return, for staff, who verified an article, the last time first."""
    if not policies.may_write(actor):
        return []
    query = select(ArticleVerification).where(ArticleVerification.article_id == article_id)
    newest_first = query.order_by(ArticleVerification.verified_at.desc(), ArticleVerification.id.desc())
    return session.scalars(newest_first.options(joinedload(ArticleVerification.verified_by))).all()
