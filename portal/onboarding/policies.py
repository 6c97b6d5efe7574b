"""Who may do what with success maps and checklists; whether one can be seen is decided by its account."""

from portal.accounts.actors import Actor
from portal.onboarding.models import Checklist, ChecklistStep


def may_complete(actor: Actor, step: ChecklistStep) -> bool:
    """Any member of the account may tick a step, and so may staff."""
    return actor.is_staff or (actor.is_signed_in and actor.account_id == step.checklist.account_id)


def may_tick(actor: Actor, step: ChecklistStep) -> bool:
    """Who may complete a step ticks it by hand, but a quiz only staff: others answer its questions."""
    return may_complete(actor, step) and (actor.is_staff or not step.quiz)


def may_reopen(actor: Actor, step: ChecklistStep) -> bool:
    """The champion and staff open any step again; other members only what they ticked themselves."""
    is_theirs = actor.is_champion or step.completed_by_id == actor.user_id
    return actor.is_staff or (may_complete(actor, step) and is_theirs)


def may_share(actor: Actor, checklist: Checklist) -> bool:
    """The champion and staff let people without a sign-in look at a checklist."""
    return actor.is_staff or (actor.is_champion and actor.account_id == checklist.account_id)


def may_choose_day(actor: Actor, step: ChecklistStep) -> bool:
    """The champion and staff say when a step is to be done."""
    return may_share(actor, step.checklist)


def may_plan(actor: Actor) -> bool:
    """Staff write success maps and start checklists."""
    return actor.is_staff
