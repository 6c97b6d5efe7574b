"""Reads of notes; only staff see them."""

from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page
from portal.health.notes.models import AccountNote
from portal.health.queries import account_for

NOTES_A_PAGE: Final = 30


def notes_for(
    session: Session,
    actor: Actor,
    account_id: int,
    *,
    after: Cursor | None = None,
    size: int = NOTES_A_PAGE,
) -> Page[AccountNote]:
    """Return what stands about an account: on the first page what is pinned, then the newest first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    standing = _notes(actor).where(AccountNote.account_id == account_id, AccountNote.removed_at.is_(None))
    rest = standing.where(AccountNote.pinned_at.is_(None))
    if after is not None:
        rest = rest.where(after.after(AccountNote.created_at, AccountNote.id))
    newest = rest.order_by(AccountNote.created_at.desc(), AccountNote.id.desc()).limit(size + 1)
    page = Page.cut(session.scalars(newest).all(), size, lambda note: Cursor(at=note.created_at, id=note.id))
    if after is not None:
        return page
    pinned = standing.where(AccountNote.pinned_at.is_not(None)).order_by(AccountNote.pinned_at.desc())
    return Page(rows=[*session.scalars(pinned), *page.rows], next_cursor=page.next_cursor)


def note_for(
    session: Session, actor: Actor, account_id: int, note_id: int, *, is_held: bool = False
) -> AccountNote:
    """Return one note, removed or not; `is_held` keeps its row until the transaction ends.

    Raises:
        NotFoundError: no such note of this account, or the actor is not staff.
    """
    query = _notes(actor).where(AccountNote.id == note_id, AccountNote.account_id == account_id)
    note = session.scalar(query.with_for_update(of=AccountNote) if is_held else query)
    if note is None:
        raise NotFoundError("note")
    return note


def _notes(actor: Actor) -> Select[AccountNote]:
    if not actor.is_staff:
        raise NotFoundError("notes")
    return select(AccountNote).options(joinedload(AccountNote.author))
