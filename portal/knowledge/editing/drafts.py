"""Text that was typed and not saved: kept on the server, for the one who typed it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.knowledge import policies
from portal.knowledge.editing.queries import writing_for
from portal.knowledge.models import ArticleDraft

LONGEST: Final = 250_000


def draft_for(session: Session, actor: Actor, article_id: int | None, language: str) -> ArticleDraft | None:
    """Return what the actor has typed into a form and not saved; `article_id` is None for a new article."""
    mine = {"user_id": actor.user_id, "key": _key(article_id, language)}
    return session.scalar(select(ArticleDraft).filter_by(**mine))


def keep(
    session: Session,
    *,
    actor: Actor,
    article_id: int | None,
    language: str,
    fields: Mapping[str, str],
    base_number: int | None,
    now: datetime,
) -> None:
    """Keep what is in a form, in place of what was kept of it before; what is saved already is no draft.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: no such article.
        InvalidError: it is longer than any text may be.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("keep drafts")
    if article_id is not None and _is_saved(session, actor, article_id, language, fields):
        discard(session, actor=actor, article_id=article_id, language=language)
        return
    if sum(map(len, fields.values())) > LONGEST:
        raise InvalidError(N_("This text is too long to be kept."))
    mine = {"user_id": actor.user_id, "key": _key(article_id, language)}
    said = {"fields": dict(fields), "base_number": base_number, "saved_at": now}
    if not insert_new(session, ArticleDraft, [mine | said]):
        session.execute(update(ArticleDraft).filter_by(**mine).values(**said))


def _is_saved(
    session: Session, actor: Actor, article_id: int, language: str, fields: Mapping[str, str]
) -> bool:
    newest = writing_for(session, actor, article_id, language).newest
    if newest is None or fields.get("note", "") not in {"", newest.note}:
        return False
    return all(
        fields.get(name, "").replace("\r\n", "\n") == getattr(newest, name)
        for name in ("title", "summary", "body")
    )


def discard(session: Session, *, actor: Actor, article_id: int | None, language: str) -> None:
    """Forget what the actor has typed into a form and not saved."""
    mine = {"user_id": actor.user_id, "key": _key(article_id, language)}
    session.execute(delete(ArticleDraft).filter_by(**mine))


def _key(article_id: int | None, language: str) -> str:
    return f"{article_id or 'new'}:{language}"
