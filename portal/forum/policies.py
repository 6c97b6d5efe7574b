"""Who may do what in the community; whether a thing can be seen is decided by its board's audience."""

from portal.accounts.actors import Actor
from portal.forum.models import Post, Topic


def may_post(actor: Actor) -> bool:
    """Anyone signed in may ask and answer where they can read."""
    return actor.is_signed_in


def may_accept(actor: Actor, topic: Topic) -> bool:
    """The asker chooses the solution; staff may too."""
    return topic.is_question and (actor.is_staff or (actor.is_signed_in and topic.author_id == actor.user_id))


def may_vote(actor: Actor, post: Post) -> bool:
    """Anyone signed in may vote, but not for themselves."""
    return actor.is_signed_in and post.author_id != actor.user_id
