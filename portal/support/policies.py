"""Who may do what with requests."""

from portal.accounts.actors import Actor
from portal.support.models import SupportRequest


def may_open(actor: Actor) -> bool:
    """Anyone signed in may ask staff."""
    return actor.is_signed_in


def may_resolve(actor: Actor, request: SupportRequest) -> bool:
    """The one who wrote says that it is settled; staff may too."""
    return actor.is_staff or request.author_id == actor.user_id
