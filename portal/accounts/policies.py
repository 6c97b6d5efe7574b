"""Who may do what with accounts and people."""

from portal.accounts.actors import STAFF_ROLES, Actor, Role


def may_invite(actor: Actor, *, account_id: int | None, role: Role) -> bool:
    """Champions invite customers into their own account; staff invite into any; admins invite staff."""
    if role in STAFF_ROLES:
        return actor.is_admin
    return actor.is_staff or (actor.is_champion and actor.account_id == account_id)


def may_manage_accounts(actor: Actor) -> bool:
    """Staff keep the customer accounts."""
    return actor.is_staff
