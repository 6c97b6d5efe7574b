"""Who may do what with goals; whether one can be seen is decided by its account."""

from portal.accounts.actors import Actor
from portal.onboarding.models import Checklist
from portal.onboarding.policies import may_share


def may_set_goals(actor: Actor, checklist: Checklist) -> bool:
    """The champion and staff write, change and remove goals, and enter values."""
    return may_share(actor, checklist)
