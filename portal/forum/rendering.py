"""Where the Markdown of a post becomes HTML whose ids are its own on the page of its topic."""

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from portal.content.markdown import RENDERER_VERSION, Rendered, render
from portal.core import revisions
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.forum.models import Post, Topic
from portal.search import service as search


def rendered_post(post: Post) -> Rendered:
    """Return what readers see of a post; one with a position need not be stored yet.

    Raises:
        InvalidError: it is too long.
    """
    return render(post.body, prefix=f"comment-{post.id}-" if post.is_comment else f"post-{post.position}-")


def search_key_of(post: Post) -> str:
    """Return the key under which a post is found: the opening stands for its topic."""
    return f"topic:{post.topic_id}" if post.is_opening else f"post:{post.id}"


def rerender_stale(*, limit: int = 200) -> int:
    """Render again, one by one, some of what an earlier renderer made; return how many."""
    stale = select(Post.id).where(Post.renderer_version < RENDERER_VERSION)
    ids = db.session().scalars(stale.order_by(Post.id).limit(limit)).all()
    for post_id in ids:
        _rerender(post_id)
    return len(ids)


def _rerender(post_id: int) -> None:
    with transaction() as session:
        post = session.get(Post, post_id, options=[joinedload(Post.topic)])
        if post is None:
            return
        rendered = rendered_post(post)
        post.body_html, post.body_text = rendered.html, rendered.text
        post.renderer_version = RENDERER_VERSION
        session.execute(
            update(Topic).where(Topic.id == post.topic_id).values(revision=Topic.revision + 1),
            execution_options={"synchronize_session": False},
        )
        search.change_body(session, key=search_key_of(post), body=rendered.text, now=utc_now())
        revisions.bump(session, "forum")
