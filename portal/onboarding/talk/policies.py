"""Who may do what with comments; who sees a checklist sees and writes them."""

from portal.accounts.actors import Actor
from portal.onboarding.talk.models import StepComment


def may_edit(actor: Actor, comment: StepComment) -> bool:
    """Authors change what they wrote while it stands."""
    return not comment.is_removed and comment.author_id == actor.user_id


def may_remove(actor: Actor, comment: StepComment) -> bool:
    """Authors take back what they wrote; staff may take away any."""
    return actor.is_staff or comment.author_id == actor.user_id


def may_restore(actor: Actor, comment: StepComment) -> bool:
    """Authors put back what they took back themselves; staff may put back any."""
    is_own_act = comment.author_id == actor.user_id == comment.removed_by_id
    return actor.is_staff or is_own_act
