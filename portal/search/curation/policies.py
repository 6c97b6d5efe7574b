"""Who may curate search."""

from portal.accounts.actors import Actor


def may_curate(actor: Actor) -> bool:
    """Staff decide what stands first and which words mean the same."""
    return actor.is_staff
