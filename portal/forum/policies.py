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


def may_edit(actor: Actor, post: Post) -> bool:
    """Authors change what they wrote while it stands; staff may change anything."""
    return actor.is_staff or (_is_author(actor, post) and not post.is_removed and not post.topic.is_removed)


def may_remove(actor: Actor, post: Post) -> bool:
    """Authors take back what they wrote, but not a topic in which others have replied; staff may anything."""
    is_free = not post.is_opening or post.topic.answer_count == 0
    return actor.is_staff or (_is_author(actor, post) and is_free)


def may_restore(actor: Actor, post: Post) -> bool:
    """Who removed a post may put it back; staff may put back any."""
    return actor.is_staff or (_is_author(actor, post) and post.removed_by_id in {None, actor.user_id})


def may_see_history(actor: Actor, post: Post) -> bool:
    """What a post said before is for its author and staff: people take out what they should not have said."""
    return actor.is_staff or _is_author(actor, post)


def _is_author(actor: Actor, post: Post) -> bool:
    return actor.is_signed_in and post.author_id == actor.user_id
