"""Who looks at what each person has done."""

from portal.accounts.actors import Actor


def may_see_team(actor: Actor, account_id: int) -> bool:
    """The champion sees it of their account, and staff of any."""
    return actor.is_staff or (actor.is_champion and actor.account_id == account_id)
