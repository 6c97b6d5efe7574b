"""What readers see follows the texts it was made from."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core import outbox
from portal.events import SnippetChanged
from portal.knowledge import rendering
from portal.knowledge.snippets.models import Snippet


def follow_snippet(session: Session, event: SnippetChanged, now: datetime) -> None:
    """Render a few of the texts that use a snippet again, and leave the rest to the next event."""
    snippet = session.get(Snippet, event.snippet_id)
    last_id = snippet and rendering.rerender_users(session, snippet, after_id=event.after_id, now=now)
    if last_id:
        outbox.record(session, SnippetChanged(snippet_id=event.snippet_id, after_id=last_id))
