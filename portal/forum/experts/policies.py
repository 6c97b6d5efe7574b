"""Who may ask people for an answer."""

from portal.accounts.actors import Actor
from portal.forum.models import Topic


def may_ask_experts(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """The asker of a question and the moderators of its board ask people who may know."""
    return topic.is_question and actor.is_signed_in and (moderates or topic.author_id == actor.user_id)
