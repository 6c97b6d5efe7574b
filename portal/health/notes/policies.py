"""Who may do what with a note: any of the staff reads and pins it, its author and admins change it."""

from portal.accounts.actors import Actor
from portal.health.notes.models import AccountNote


def may_change(actor: Actor, note: AccountNote) -> bool:
    """Tell whether someone may write a note anew, remove it or bring it back."""
    return actor.is_admin or (actor.is_staff and note.author_id == actor.user_id)
