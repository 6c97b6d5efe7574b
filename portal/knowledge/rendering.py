"""Where the Markdown of an article becomes HTML: with its snippets in place and its images' sizes."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.content.images import with_sizes
from portal.content.markdown import RENDERER_VERSION, Rendered, render
from portal.core import revisions
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.files.queries import sizes_of
from portal.knowledge.models import Translation
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets.models import Snippet
from portal.search import service as search

A_FEW: Final = 5


def rendered_text(session: Session, body: str, language: str, *, alone: Rendered | None = None) -> Rendered:
    """Return what readers see of a text in a language; `alone` is the body by itself, if it is rendered yet.

    Raises:
        InvalidError: it is too long.
    """
    whole = snippets.expanded(session, body, language)
    rendered = alone if alone is not None and whole == body else render(whole)
    return replace(rendered, html=with_sizes(rendered.html, sizes_of(session, rendered.html)))


def findable(summary: str, text: str) -> str:
    """Return the words by which a text is found."""
    return "\n".join(filter(None, (summary, text)))


def rerender(session: Session, translation: Translation, *, now: datetime) -> None:
    """Render a stored text again, which is no change of it: nobody who is writing it meets a conflict.

    A text that has become too long with its snippets goes on showing what it shows.
    """
    shown: dict[str, object] = {"renderer_version": RENDERER_VERSION}
    try:
        rendered = rendered_text(session, translation.body, translation.language)
    except InvalidError:
        rendered = None
    if rendered is not None:
        headings = [[item.level, item.anchor, item.text] for item in rendered.headings]
        shown |= {"body_html": rendered.html, "body_text": rendered.text, "headings": headings}
        key = f"article:{translation.article_id}:{translation.language}"
        search.change_body(session, key=key, body=findable(translation.summary, rendered.text), now=now)
    unchanged = (Translation.id == translation.id, Translation.version == translation.version)
    session.execute(
        update(Translation).where(*unchanged).values(shown),
        execution_options={"synchronize_session": False},
    )
    revisions.bump(session, "knowledge")


def rerender_users(session: Session, snippet: Snippet, *, after_id: int, now: datetime) -> int | None:
    """Render a few of the texts that use a snippet again, those above `after_id`.

    Return the id of the last one; None when there was none left.
    """
    few = snippets.using(snippet.name).where(Translation.id > after_id).limit(A_FEW)
    texts = session.scalars(few).all()
    for text in texts:
        rerender(session, text, now=now)
    return texts[-1].id if texts else None


def rerender_stale(*, limit: int = 200) -> int:
    """Render again, one by one, some of what an earlier renderer made; return how many."""
    stale = select(Translation.id).where(Translation.renderer_version < RENDERER_VERSION)
    ids = db.session().scalars(stale.order_by(Translation.id).limit(limit)).all()
    for translation_id in ids:
        with transaction() as session:
            if translation := session.get(Translation, translation_id):
                rerender(session, translation, now=utc_now())
    return len(ids)
