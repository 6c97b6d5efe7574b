"""Topics as readers see them."""

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.forum.queries import topic_for
from portal.forum.reading import TopicPage, page_for


def read_topic(session: Session, actor: Actor, topic_id: int, *, number: int = 1) -> TopicPage:
    """Read a page of a topic."""
    return page_for(session, actor, topic_for(session, actor, topic_id), number=number)
