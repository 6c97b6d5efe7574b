"""Where the Markdown of a note becomes HTML whose ids are its own on the page of its account."""

from sqlalchemy import select

from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION, render
from portal.core.db import db, transaction
from portal.health.notes.models import AccountNote


def write(note: AccountNote, body: str) -> None:
    """Give a note, which is stored, a text.

    Raises:
        InvalidError: it is too long.
    """
    note.body, note.body_html = body, render(body, prefix=f"note-{note.id}-").html
    note.language, note.renderer_version = language_of(body), RENDERER_VERSION


def rerender_stale(*, limit: int = 200) -> int:
    """Render again some of what an earlier renderer made; return how many."""
    stale = select(AccountNote.id).where(AccountNote.renderer_version < RENDERER_VERSION)
    ids = db.session().scalars(stale.order_by(AccountNote.id).limit(limit)).all()
    for note_id in ids:
        with transaction(wake=False) as session:
            if note := session.get(AccountNote, note_id, with_for_update=True):
                write(note, note.body)
    return len(ids)
