"""Texts that wait for a second person, and who that could be."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import STAFF_ROLES, Actor, Role
from portal.accounts.models import User
from portal.knowledge import policies, queries
from portal.knowledge.models import Article, ArticleReview, ArticleRevision, Stage, Translation


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A text that waits for a review, with its article and section; `is_own` if the actor wrote it."""

    translation: Translation
    revision: ArticleRevision
    is_own: bool


def waiting_for(session: Session, actor: Actor) -> Sequence[Waiting]:
    """Return the texts that wait for a review, the longest first; none to whoever may not write."""
    if not policies.may_write(actor):
        return []
    newest = and_(
        ArticleRevision.translation_id == Translation.id, ArticleRevision.number == Translation.newest_number
    )
    rows = session.execute(
        select(Translation, ArticleRevision)
        .join(Translation.article)
        .join(ArticleRevision, newest)
        .options(
            contains_eager(Translation.article).joinedload(Article.section),
            joinedload(ArticleRevision.author),
            joinedload(ArticleRevision.review_asked_by),
        )
        .where(Translation.stage == Stage.IN_REVIEW)
        .order_by(ArticleRevision.review_asked_at, ArticleRevision.id)
    )
    return [
        Waiting(
            translation=translation,
            revision=revision,
            is_own=not policies.may_review(actor, author_id=revision.author_id),
        )
        for translation, revision in rows
    ]


def reviewers_of(session: Session, revision_id: int) -> Collection[int]:
    """Return whom to ask about a revision, never who wrote or sent it: the first of these that there is.

    Who verifies the article; those who reviewed it before; every admin.
    """
    revision = session.get_one(ArticleRevision, revision_id)
    translation = session.get_one(Translation, revision.translation_id)
    for people in _groups(session, session.get_one(Article, translation.article_id)):
        working = select(User.id).where(User.id.in_(people), User.is_active, User.role.in_(STAFF_ROLES))
        if found := set(session.scalars(working)) - {revision.author_id, revision.review_asked_by_id}:
            return sorted(found)
    return []


def _groups(session: Session, article: Article) -> Iterator[Collection[int | None]]:
    yield [queries.verifier_id_of(session, article)]
    before = (
        select(ArticleReview.reviewer_id)
        .join(ArticleRevision, ArticleRevision.id == ArticleReview.revision_id)
        .join(Translation, Translation.id == ArticleRevision.translation_id)
        .where(Translation.article_id == article.id)
    )
    yield session.scalars(before).all()
    yield session.scalars(select(User.id).where(User.role == Role.ADMIN)).all()
