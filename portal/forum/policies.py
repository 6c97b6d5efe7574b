"""Who may do what in the community; whether a thing can be seen is decided by its board's audience."""

from portal.accounts.actors import Actor
from portal.accounts.audience import includes
from portal.forum.models import Board, Post, Topic


def may_keep_boards(actor: Actor) -> bool:
    """Staff decide which boards there are."""
    return actor.is_staff


def may_start(actor: Actor, board: Board, *, moderates: bool) -> bool:
    """Who belongs to those whom a board is for may start topics there, and its moderators."""
    return actor.is_signed_in and (moderates or includes(board.posting, actor))


def may_reply(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """Anyone signed in may reply where they can read, while the topic is open; moderators may after that."""
    return actor.is_signed_in and not topic.is_removed and (topic.is_open or moderates)


def may_flag(actor: Actor) -> bool:
    """Anyone signed in may ask a moderator to look."""
    return actor.is_signed_in


def may_accept(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """The asker chooses the solution; moderators may too."""
    return (
        topic.is_question
        and _may_change(topic, moderates=moderates)
        and (_is_author(actor, topic) or moderates)
    )


def may_make_official(actor: Actor, post: Post) -> bool:
    """Staff say that the vendor stands behind an answer."""
    return actor.is_staff and not post.is_opening and not post.is_removed


def may_vote(actor: Actor, post: Post) -> bool:
    """Anyone signed in may vote for what stands, but not for themselves."""
    stands = not post.is_removed and post.topic.archived_at is None
    return actor.is_signed_in and stands and post.author_id != actor.user_id


def may_edit(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Authors change what they wrote while it stands; moderators may change anything."""
    stands = not post.is_removed and not post.topic.is_removed
    return moderates or (_is_author(actor, post) and stands and _may_change(post.topic, moderates=False))


def may_remove(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Authors take back what they wrote, but not a topic in which others have replied; moderators may any."""
    is_free = not post.is_opening or post.topic.answer_count == 0
    return moderates or (_is_author(actor, post) and is_free and _may_change(post.topic, moderates=False))


def may_restore(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Who removed a post may put it back; moderators may put back any."""
    is_own_act = not post.is_held and post.removed_by_id in {None, actor.user_id}
    return moderates or (_is_author(actor, post) and is_own_act)


def may_see_history(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """What a post said before is for its author and moderators: people take out what they regret."""
    return moderates or _is_author(actor, post)


def may_tag(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """Authors and moderators say what a topic is about."""
    return moderates or (_is_author(actor, topic) and _may_change(topic, moderates=False))


def may_link_to_original(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """The asker and moderators say where the same was asked before."""
    return topic.is_question and (_is_author(actor, topic) or moderates)


def _may_change(topic: Topic, *, moderates: bool) -> bool:
    return topic.archived_at is None or moderates


def _is_author(actor: Actor, written: Post | Topic) -> bool:
    return actor.is_signed_in and written.author_id == actor.user_id
