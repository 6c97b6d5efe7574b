"""Who may do what in the community; whether a thing can be seen is decided by its board's audience."""

from typing import Final

from portal.accounts.actors import Actor, Level
from portal.accounts.audience import PUBLIC, SIGNED_IN, includes
from portal.forum.models import Board, Post, Topic


def may_keep_boards(actor: Actor) -> bool:
    """Staff decide which boards there are."""
    return actor.is_staff


OPEN_BOARDS: Final = PUBLIC | SIGNED_IN
"""Boards with one of these are for everyone who signs in."""


def may_guide(actor: Actor) -> bool:
    """Guides keep the boards that are for everyone in order."""
    return actor.level >= Level.GUIDE


def may_guide_on(actor: Actor, board: Board) -> bool:
    """A guide keeps a board in order, but none that is for some customers alone."""
    return may_guide(actor) and not board.audience.isdisjoint(OPEN_BOARDS)


def may_start(actor: Actor, board: Board, *, is_named: bool) -> bool:
    """Who belongs to those whom a board is for may start topics there, and the moderators whom it names."""
    return actor.is_signed_in and (is_named or includes(board.posting, actor))


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


def may_settle(actor: Actor, answer: Post, *, moderates: bool) -> bool:
    """Of what stands, nobody but staff chooses for the asker what they or their colleagues wrote."""
    is_free = actor.is_staff or _is_author(actor, answer.topic) or not _is_of_own_side(actor, answer)
    return not answer.is_removed and is_free and may_accept(actor, answer.topic, moderates=moderates)


def may_decide(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Moderators decide what becomes of posts; of their own, others do."""
    return _may_overrule(actor, post, moderates=moderates) and (actor.is_staff or not _is_author(actor, post))


def may_make_official(actor: Actor, post: Post) -> bool:
    """Staff say that the vendor stands behind an answer."""
    return actor.is_staff and not post.is_opening and not post.is_removed


def may_vote(actor: Actor, post: Post) -> bool:
    """Anyone signed in may vote for what stands, but not for themselves."""
    return _stands(post) and actor.is_signed_in and post.author_id != actor.user_id


def may_thank(actor: Actor, post: Post) -> bool:
    """Anyone signed in may thank others for what stands."""
    return _stands(post) and actor.is_signed_in and post.author_id != actor.user_id


def may_say_me_too(actor: Actor, post: Post) -> bool:
    """Anyone signed in may say that they have the question of someone else too."""
    return post.is_opening and post.topic.is_question and may_thank(actor, post)


def may_edit(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Authors change what they wrote while it stands; moderators may at any time."""
    stands = not post.is_removed and not post.topic.is_removed
    is_own = _is_author(actor, post) and stands and _may_change(post.topic, moderates=False)
    return is_own or _may_overrule(actor, post, moderates=moderates)


def may_remove(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Authors take back what they wrote, but not a topic in which others have replied; moderators may any."""
    is_free = not post.is_opening or post.topic.answer_count == 0
    is_own = _is_author(actor, post) and is_free and _may_change(post.topic, moderates=False)
    return is_own or _may_overrule(actor, post, moderates=moderates)


def may_restore(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Who removed a post may put it back; moderators may put back any, but for their own."""
    is_own_act = not post.is_held and post.removed_by_id in {None, actor.user_id}
    return may_decide(actor, post, moderates=moderates) or (_is_author(actor, post) and is_own_act)


def may_see_history(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """What a post said before is for its author and moderators: people take out what they regret."""
    return moderates or _is_author(actor, post)


def may_tag(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """Authors, helpers and moderators say what a topic is about."""
    is_trusted = _is_author(actor, topic) or actor.level >= Level.HELPER
    return moderates or (is_trusted and not topic.is_removed and _may_change(topic, moderates=False))


def may_link_to_original(actor: Actor, topic: Topic, *, moderates: bool) -> bool:
    """The asker and moderators say where the same was asked before."""
    return topic.is_question and (_is_author(actor, topic) or moderates)


def _may_overrule(actor: Actor, post: Post, *, moderates: bool) -> bool:
    """Moderators change what others wrote, but customers among them nothing that staff did."""
    return moderates and (actor.is_staff or not post.author.is_staff)


def _may_change(topic: Topic, *, moderates: bool) -> bool:
    return topic.archived_at is None or moderates


def _stands(post: Post) -> bool:
    return not post.is_removed and post.topic.archived_at is None


def _is_author(actor: Actor, written: Post | Topic) -> bool:
    return actor.is_signed_in and written.author_id == actor.user_id


def _is_of_own_side(actor: Actor, post: Post) -> bool:
    is_colleagues = actor.has_account and post.author.account_id == actor.account_id
    return is_colleagues or _is_author(actor, post)
