"""Writes that say that articles are still true, and take that back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import ForbiddenError
from portal.knowledge import policies, queries
from portal.knowledge.models import (
    Article,
    ArticleReview,
    ArticleRevision,
    ArticleStatus,
    Significance,
    Translation,
    Verdict,
)
from portal.knowledge.upkeep.models import ArticleVerification
from portal.search import service as search


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What came of saying that articles are true: the ids of what was noted, and how many had changed."""

    verification_ids: Sequence[int]
    changed: int


def verify(
    session: Session, *, actor: Actor, article_ids: Collection[int], seen_at: datetime, now: datetime
) -> Verified:
    """Note that articles are still true, except those whose texts changed since the actor saw them.

    What readers do not see, as it is a draft, archived or merged, is left out.

    Raises:
        ForbiddenError: the actor may not write.
    """
    _ask_to_write(actor)
    articles = _locked(session, article_ids)
    changes = _last_changes(session, article_ids)
    unchanged = {article_id for article_id, changed_at in changes.items() if changed_at <= seen_at}
    noted = [_note(article, actor.user_id, now) for article in articles if article.id in unchanged]
    session.add_all(noted)
    session.flush()
    _let_others_follow(session, articles, now)
    return Verified(
        verification_ids=[verification.id for verification in noted], changed=len(changes) - len(noted)
    )


def _ask_to_write(actor: Actor) -> None:
    if not policies.may_write(actor):
        raise ForbiddenError("verify articles")


def _last_changes(session: Session, article_ids: Collection[int]) -> dict[int, datetime]:
    """Return when what readers see of articles changed last, by id."""
    query = (
        select(Translation.article_id, func.max(Translation.updated_at))
        .join(Translation.article)
        .where(
            Article.id.in_(article_ids),
            Article.merged_into_id.is_(None),
            Translation.status == ArticleStatus.PUBLISHED,
        )
        .group_by(Translation.article_id)
    )
    return dict(session.execute(query).all())


def _locked(session: Session, article_ids: Iterable[int]) -> Sequence[Article]:
    query = select(Article).where(Article.id.in_(article_ids)).order_by(Article.id)
    return session.scalars(query.with_for_update()).all()


def _let_others_follow(session: Session, articles: Iterable[Article], now: datetime) -> None:
    """Let kept pages and search know when articles were verified last."""
    revisions.bump(session, "knowledge")
    for article in articles:
        search.mark_verified(session, group=f"article:{article.id}", verified_at=article.verified_at, now=now)


def _note(article: Article, user_id: int | None, now: datetime) -> ArticleVerification:
    verification = ArticleVerification(
        article_id=article.id,
        verified_at=now,
        verified_by_id=user_id,
        before_at=article.verified_at,
        before_by_id=article.verified_by_id,
    )
    article.verified_at, article.verified_by_id = now, user_id
    return verification


def take_back(session: Session, *, actor: Actor, verification_ids: Collection[int], now: datetime) -> int:
    """Undo `verify`: each article says what it said before; return of how many that is so.

    What someone has verified again since stays as it is.

    Raises:
        ForbiddenError: the actor may not write.
    """
    _ask_to_write(actor)
    query = select(ArticleVerification).where(ArticleVerification.id.in_(verification_ids))
    found = {verification.article_id: verification for verification in session.scalars(query)}
    undone = 0
    articles = _locked(session, found)
    for article in articles:
        verification = found[article.id]
        if article.verified_at == verification.verified_at:
            article.verified_at, article.verified_by_id = verification.before_at, verification.before_by_id
            session.delete(verification)
            undone += 1
    _let_others_follow(session, articles, now)
    return undone


def note_publication(
    session: Session, article: Article, translation: Translation, *, since: int, at: datetime
) -> None:
    """Count what is published after revision `since` as a verification, where someone has looked.

    The first publication of an article counts; later a normal or major change of the original does that its
    verifier wrote or approved; where nobody is named, anyone's. A change of one paragraph by somebody else
    says nothing of the rest.
    """
    if article.verified_at is None:
        article.verified_at = at
    elif translation.language == article.source_language:
        verifier_id = queries.verifier_id_of(session, article)
        people = _who_looked(session, translation, since)
        if looked := next((person for person in people if verifier_id in {None, person}), None):
            session.add(_note(article, looked, at))


def _who_looked(session: Session, translation: Translation, since: int) -> Iterable[int]:
    """Return who approved or wrote what a text says newly, beyond slips of the pen."""
    changes = select(ArticleRevision.id, ArticleRevision.author_id).where(
        ArticleRevision.translation_id == translation.id,
        ArticleRevision.number > since,
        ArticleRevision.significance != Significance.TYPO,
    )
    authors = {row.id: row.author_id for row in session.execute(changes.order_by(ArticleRevision.id))}
    approvals = select(ArticleReview.reviewer_id).where(
        ArticleReview.revision_id.in_(authors), ArticleReview.verdict == Verdict.APPROVED
    )
    people = (*session.scalars(approvals.order_by(ArticleReview.id)), *authors.values())
    return [person for person in people if person is not None]
