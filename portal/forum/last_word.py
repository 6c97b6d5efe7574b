"""Whether the one who asked waits: they wrote last, and nobody has answered since."""

from typing import Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.forum.models import Post, Topic

_parent: Final = aliased(Post)
_LAST: Final[Select[int]] = (  # Made once: making it costs more than asking it, and every reply asks.
    select(Post.author_id)
    .outerjoin(_parent, _parent.id == Post.parent_id)
    .where(
        Post.topic_id == bindparam("topic_id"),
        Post.position.is_distinct_from(1),
        Post.removed_at.is_(None),
        _parent.removed_at.is_(None),
    )
    .order_by(Post.created_at.desc(), Post.id.desc())
    .limit(1)
)


def note_last_word(session: Session, topic: Topic) -> None:
    """Note whether who asked wrote the last post or comment that stands below their question."""
    if topic.is_question:
        topic.asker_wrote_last = session.scalar(_LAST, {"topic_id": topic.id}) == topic.author_id
