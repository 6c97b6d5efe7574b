"""Where checklists, steps and comments are."""

from portal.accounts.actors import Actor


def path_of_checklist(checklist_id: int, actor: Actor) -> str:
    """Return where an actor sees a checklist."""
    if actor.is_staff:
        return f"/staff/onboarding/checklists/{checklist_id}"
    return f"/onboarding/#checklist-{checklist_id}"


def path_of_step(step_id: int) -> str:
    """Return the address of a step's page."""
    return f"/onboarding/steps/{step_id}"


def path_of_comment(step_id: int, comment_id: int) -> str:
    """Return where a comment stands on its step's page."""
    return f"{path_of_step(step_id)}#comment-{comment_id}"
