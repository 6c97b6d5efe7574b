"""What an article said before, and how it says it again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.knowledge import service
from portal.knowledge.editing.queries import revision_in, written_for
from portal.knowledge.models import ArticleReview, ArticleRevision
from portal.knowledge.publishing import Text
from portal.knowledge.service import Edit


def revisions_for(
    session: Session, actor: Actor, article_id: int, language: str
) -> Sequence[ArticleRevision]:
    """Return the revisions of a text without their words, with their authors and reviews, the newest first.

    Raises:
        NotFoundError: no such text, or the actor may not write.
    """
    written = written_for(session, actor, article_id, language)
    return session.scalars(
        select(ArticleRevision)
        .options(
            defer(ArticleRevision.body, raiseload=True),
            joinedload(ArticleRevision.author),
            selectinload(ArticleRevision.reviews).joinedload(ArticleReview.reviewer),
        )
        .where(ArticleRevision.translation_id == written.translation.id)
        .order_by(ArticleRevision.number.desc())
    ).all()


def restore(
    session: Session, *, actor: Actor, article_id: int, language: str, number: int, now: datetime
) -> bool:
    """Take up an earlier text again, as a new revision; False if the newest says the same.

    Raises:
        NotFoundError: no such text or revision, or the actor may not write.
    """
    written = written_for(session, actor, article_id, language, locked=True)
    revision = revision_in(session, written.translation, number)
    service.save_text(
        session,
        actor=actor,
        article=written.article,
        language=language,
        text=Text(title=revision.title, summary=revision.summary, body=revision.body),
        edit=Edit(source_number=revision.source_number, restored_number=number),
        now=now,
    )
    return written.translation.newest_number != written.newest.number
