"""Who may remind people of steps."""

from portal.accounts.actors import Actor


def may_nudge(actor: Actor) -> bool:
    """Staff remind people, and write the words."""
    return actor.is_staff
