"""Where the Markdown of a comment becomes HTML whose ids are its own on the page of its step."""

from sqlalchemy import select

from portal.content.language import language_of
from portal.content.markdown import RENDERER_VERSION, render
from portal.core.db import db, transaction
from portal.onboarding.talk.models import StepComment


def write(comment: StepComment, body: str) -> None:
    """Give a comment, which is stored, a text.

    Raises:
        InvalidError: it is too long.
    """
    rendered = render(body, prefix=f"comment-{comment.id}-")
    comment.body, comment.body_html, comment.body_text = body, rendered.html, rendered.text
    comment.language, comment.renderer_version = language_of(body), RENDERER_VERSION


def rerender_stale(*, limit: int = 200) -> int:
    """Render again some of what an earlier renderer made; return how many."""
    stale = select(StepComment.id).where(StepComment.renderer_version < RENDERER_VERSION)
    ids = db.session().scalars(stale.order_by(StepComment.id).limit(limit)).all()
    for comment_id in ids:
        with transaction(wake=False) as session:
            if comment := session.get(StepComment, comment_id, with_for_update=True):
                write(comment, comment.body)
    return len(ids)
