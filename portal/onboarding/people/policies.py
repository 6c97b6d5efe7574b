"""Who decides who does a step."""

from portal.accounts.actors import Actor
from portal.onboarding.models import ChecklistStep, Owner


def may_assign(actor: Actor, step: ChecklistStep) -> bool:
    """Staff say who does any step, and the champion who does the account's own."""
    is_theirs = step.owner is Owner.CUSTOMER and actor.account_id == step.checklist.account_id
    return actor.is_staff or (actor.is_champion and is_theirs)


def may_take(actor: Actor, step: ChecklistStep) -> bool:
    """Whoever is on the side that a step belongs to may take it, and leave it."""
    if step.owner is Owner.VENDOR:
        return actor.is_staff
    return actor.is_signed_in and actor.account_id == step.checklist.account_id
