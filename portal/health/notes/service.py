"""Writes of notes."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.health.notes import policies, queries
from portal.health.notes.models import AccountNote
from portal.health.notes.rendering import write
from portal.health.queries import account_for


def add(session: Session, *, actor: Actor, account_id: int, body: str, now: datetime) -> AccountNote:
    """Write something down about an account.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
        InvalidError: the text is empty or too long.
    """
    account_for(session, actor, account_id)
    _require_text(body)
    note = AccountNote(
        account_id=account_id,
        author_id=actor.user_id,
        body=body,
        body_html="",
        language="",
        renderer_version=0,
        created_at=now,
    )
    session.add(note)
    session.flush()
    write(note, body)
    return note


def edit(
    session: Session, *, actor: Actor, account_id: int, note_id: int, body: str, edition: int, now: datetime
) -> AccountNote:
    """Change what a note says; the same text again changes nothing. `edition` is what the actor saw.

    Raises:
        NotFoundError: no such note, or the actor is not staff.
        ForbiddenError: it is someone else's, and the actor is no admin.
        InvalidError: the text is empty or too long.
        ConflictError: it was changed or removed meanwhile.
    """
    note = _changeable(session, actor, account_id, note_id)
    _require_text(body)
    if note.removed_at:
        raise ConflictError(N_("This note was removed meanwhile. Copy your text from here before you leave."))
    if body == note.body:
        return note
    if note.edition != edition:
        raise ConflictError(N_("This note was changed meanwhile. Compare the texts, then save again."))
    write(note, body)
    note.edition, note.edited_at = note.edition + 1, now
    return note


def remove(session: Session, *, actor: Actor, account_id: int, note_id: int, now: datetime) -> None:
    """Take a note away; what is gone already stays so.

    Raises:
        NotFoundError: no such note, or the actor is not staff.
        ForbiddenError: it is someone else's, and the actor is no admin.
    """
    note = _changeable(session, actor, account_id, note_id)
    if not note.removed_at:
        note.removed_at, note.removed_by_id = now, actor.user_id


def restore(session: Session, *, actor: Actor, account_id: int, note_id: int) -> None:
    """Bring back a note that was removed.

    Raises:
        NotFoundError: no such note, or the actor is not staff.
        ForbiddenError: it is someone else's, and the actor is no admin.
    """
    note = _changeable(session, actor, account_id, note_id)
    note.removed_at = note.removed_by_id = None


def pin(session: Session, *, actor: Actor, account_id: int, note_id: int, at: datetime | None) -> None:
    """Put a note above the others, or with None back among them.

    Raises:
        NotFoundError: no such note, or the actor is not staff.
    """
    queries.note_for(session, actor, account_id, note_id, is_held=True).pinned_at = at


def _changeable(session: Session, actor: Actor, account_id: int, note_id: int) -> AccountNote:
    note = queries.note_for(session, actor, account_id, note_id, is_held=True)
    if not policies.may_change(actor, note):
        raise ForbiddenError("change note")
    return note


def _require_text(body: str) -> None:
    if not body.strip():
        raise InvalidError(N_("Write something first."), field="body")
