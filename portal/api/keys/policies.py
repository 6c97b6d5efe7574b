"""Who may do what with keys."""

from portal.accounts.actors import Actor


def may_manage_keys(actor: Actor) -> bool:
    """Admins see, make and revoke the keys of other systems."""
    return actor.is_admin
