"""From a draft to a page: review, publishing now or later, archiving."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.events import ReviewAsked, ReviewGiven
from portal.knowledge import policies, publishing, queries
from portal.knowledge.models import (
    Article,
    ArticleReview,
    ArticleStatus,
    Stage,
    Translation,
    Verdict,
)

WAITING: Final = frozenset({Stage.IN_REVIEW, Stage.SCHEDULED})


def publish(
    session: Session,
    *,
    actor: Actor,
    article: Article,
    language: str,
    publish_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Let readers see the newest text of an article (with its translations loaded), now or at a UTC time.

    False if nothing changes.

    Raises:
        ForbiddenError: the actor may not publish without a review.
        NotFoundError: it says nothing in that language.
    """
    translation = _translation(article, language)
    needs_review = policies.may_write(actor) and queries.needs_review(session, article)
    if not policies.may_publish(actor, needs_review=needs_review):
        raise ForbiddenError("publish")
    if translation.is_published and not translation.has_changes:
        return False
    _release(session, article, translation, publish_at=publish_at, now=now)
    return True


def _translation(article: Article, language: str) -> Translation:
    translation = article.translation_in(language)
    if translation is None:
        raise NotFoundError("translation")
    return translation


def _release(
    session: Session,
    article: Article,
    translation: Translation,
    *,
    publish_at: datetime | None,
    now: datetime,
) -> None:
    if publish_at is not None and publish_at > now:
        translation.stage, translation.publish_at = Stage.SCHEDULED, publish_at
    else:
        publishing.go_live(session, article, translation, at=now)


def ask_for_review(
    session: Session,
    *,
    actor: Actor,
    article: Article,
    language: str,
    publish_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Hand the newest text to a second person; once approved it goes live, or at the UTC time that is given.

    False if readers see it already.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: it says nothing in that language.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("ask for a review")
    translation = _translation(article, language)
    if translation.is_published and not translation.has_changes:
        return False
    translation.stage, translation.publish_at = Stage.IN_REVIEW, publish_at
    revision = publishing.revision_of(session, translation, translation.newest_number)
    revision.review_asked_at, revision.review_asked_by_id = now, actor.user_id
    outbox.record(session, ReviewAsked(revision_id=revision.id, asked_by_id=actor.user_id))
    return True


def take_back(*, actor: Actor, article: Article, language: str) -> None:
    """Make a text that waits, for a review or for its time, a draft again.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: it says nothing in that language.
        ConflictError: it does not wait.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("take back")
    translation = _translation(article, language)
    if translation.stage not in WAITING:
        raise ConflictError(N_("This text does not wait any more. Look at the newest one."))
    translation.stage, translation.publish_at = Stage.DRAFT, None


def review(
    session: Session,
    *,
    actor: Actor,
    article: Article,
    language: str,
    number: int,
    verdict: Verdict,
    comment: str,
    now: datetime,
) -> None:
    """Approve the text that waits, or ask for changes with a comment that says which.

    Raises:
        NotFoundError: it says nothing in that language.
        ForbiddenError: the actor wrote it, or may not review.
        ConflictError: it is not the text that waits for a review.
        InvalidError: changes are asked for without a word.
    """
    translation = _translation(article, language)
    if translation.stage is not Stage.IN_REVIEW or translation.newest_number != number:
        raise ConflictError(N_("This text is not waiting for a review any more. Look at the newest one."))
    revision = publishing.revision_of(session, translation, number)
    if not policies.may_review(actor, author_id=revision.author_id):
        raise ForbiddenError("review one’s own text")
    if verdict is Verdict.CHANGES_ASKED and not comment.strip():
        raise InvalidError(N_("Say what should change."), field="comment")
    given = ArticleReview(
        revision_id=revision.id,
        reviewer_id=actor.user_id,
        verdict=verdict,
        comment=comment.strip(),
        reviewed_at=now,
    )
    session.add(given)
    session.flush()
    outbox.record(session, ReviewGiven(review_id=given.id))
    if verdict is Verdict.APPROVED:
        _release(session, article, translation, publish_at=translation.publish_at, now=now)
    else:
        translation.stage = Stage.CHANGES_ASKED


def publish_due(session: Session, *, now: datetime) -> Sequence[int]:
    """Let every scheduled text whose time has come go live; return their articles' ids."""
    due = select(Translation).where(Translation.stage == Stage.SCHEDULED, Translation.publish_at <= now)
    found = [(row.article_id, row.language) for row in session.scalars(due.with_for_update())]
    for article_id, language in found:
        article = queries.article_with_texts(session, article_id)
        publishing.go_live(session, article, _translation(article, language), at=now)
    return [article_id for article_id, _language in found]


def archive(session: Session, *, actor: Actor, article: Article, language: str, now: datetime) -> None:
    """Take a text away from its readers; it can be brought back.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: it says nothing in that language.
    """
    _change_status(session, actor, article, language, ArticleStatus.ARCHIVED, now)


def bring_back(session: Session, *, actor: Actor, article: Article, language: str, now: datetime) -> None:
    """Undo `archive`: readers see what they saw before; what was a draft is one again.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: it says nothing in that language.
    """
    was_live = _translation(article, language).live_number is not None
    status = ArticleStatus.PUBLISHED if was_live else ArticleStatus.DRAFT
    _change_status(session, actor, article, language, status, now)


def _change_status(
    session: Session, actor: Actor, article: Article, language: str, status: ArticleStatus, now: datetime
) -> None:
    if not policies.may_write(actor):
        raise ForbiddenError("archive articles")
    translation = _translation(article, language)
    translation.status = status
    if status is ArticleStatus.ARCHIVED and translation.stage in WAITING:
        translation.stage, translation.publish_at = Stage.DRAFT, None
    session.flush()
    publishing.make_findable(session, article, now)
