"""Who may decide what is recorded about people."""

from portal.accounts.actors import Actor


def may_erase(actor: Actor) -> bool:
    """Members of accounts; figures leave out what staff do by their names, which therefore have to stay."""
    return actor.is_signed_in and not actor.is_staff


def may_unname(actor: Actor, account_id: int) -> bool:
    """Staff, and the champion of the account."""
    return actor.is_staff or (actor.is_champion and actor.account_id == account_id)
