"""Who has passed a step is asked about the question that came up at it."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.events import TopicPosted
from portal.forum.experts import service as experts
from portal.forum.experts.queries import is_waiting
from portal.forum.models import Topic
from portal.onboarding.peers.queries import peers_at
from portal.onboarding.queries import step_to_read_for


def ask_peers(session: Session, event: TopicPosted, now: datetime) -> None:
    """Some peers are asked about a question at a step that its author may see, if they may be."""
    with_account = joinedload(Topic.author).joinedload(User.account)
    topic = session.get_one(Topic, event.topic_id, options=[joinedload(Topic.board), with_account])
    kind, _, number = topic.about.partition(":")
    if kind != "step" or not is_waiting(session, topic.id):
        return
    try:
        step = step_to_read_for(session, topic.author.as_actor(), int(number))
    except NotFoundError:
        return
    peers = peers_at(session, step, now=now)
    experts.ask_named(session, topic=topic, user_ids=[peer.id for peer in peers], now=now)
