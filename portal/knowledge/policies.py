"""Who may do what in the knowledge base; whether a thing can be seen is decided by audience and status."""

from portal.accounts.actors import Actor


def may_write(actor: Actor) -> bool:
    """Staff write articles and order sections."""
    return actor.is_staff


def may_review(actor: Actor, *, author_id: int | None) -> bool:
    """Staff say whether a text may go live, but nobody about their own."""
    return actor.is_staff and actor.user_id != author_id


def may_publish(actor: Actor, *, needs_review: bool) -> bool:
    """Staff publish by themselves where no second person has to look; imports always do."""
    return actor.is_staff and (not needs_review or actor.user_id is None)
