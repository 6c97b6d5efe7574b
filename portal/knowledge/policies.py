"""Who may do what in the knowledge base; whether a thing can be seen is decided by audience and status."""

from portal.accounts.actors import Actor


def may_write(actor: Actor) -> bool:
    """Staff write articles and order sections."""
    return actor.is_staff
