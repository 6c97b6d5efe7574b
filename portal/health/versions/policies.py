"""Who may do what with versions of the scoring model."""

from portal.accounts.actors import Actor


def may_draft(actor: Actor) -> bool:
    """Staff write drafts and try versions: nothing is scored by them."""
    return actor.is_staff


def may_activate(actor: Actor) -> bool:
    """Admins decide what scores are made with."""
    return actor.is_admin
