"""Writes of shared links."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.onboarding import policies
from portal.onboarding.queries import checklist_for
from portal.onboarding.sharing import queries
from portal.onboarding.sharing.models import SharedLink

DAYS: Final = (30, 90, 365)
"""For how many days a link may work."""


def share(session: Session, *, actor: Actor, checklist_id: int, days: int, now: datetime) -> SharedLink:
    """Let whoever holds a new link look at a checklist for some days.

    Raises:
        NotFoundError: no such checklist that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
        InvalidError: a link does not work for so many days.
    """
    checklist = checklist_for(session, actor, checklist_id)
    if not policies.may_share(actor, checklist) or actor.user_id is None:
        raise ForbiddenError("share")
    if days not in DAYS:
        raise InvalidError(N_("Choose for how long the link shall work."), field="days")
    link = SharedLink(
        checklist_id=checklist.id,
        created_by_id=actor.user_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(link)
    session.flush()
    return link


def revoke(session: Session, *, actor: Actor, link_id: int, now: datetime) -> None:
    """Let a link work no more; nothing changes if it does not.

    Raises:
        NotFoundError: no such link that the actor may see.
        ForbiddenError: the actor is neither the champion nor staff.
    """
    link = queries.link_for(session, actor, link_id)
    if not policies.may_share(actor, link.checklist):
        raise ForbiddenError("revoke")
    link.revoked_at = link.revoked_at or now
