"""Writes of who may be asked."""

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError
from portal.core.orm import upsert
from portal.onboarding.peers.models import PeerSetting


def choose(session: Session, *, actor: Actor, may_be_asked: bool) -> None:
    """Decide whether people of other accounts may ask the actor about steps.

    Raises:
        ForbiddenError: the actor is no member of an account.
    """
    if actor.user_id is None or not actor.has_account:
        raise ForbiddenError("choose")
    upsert(session, PeerSetting, {"user_id": actor.user_id, "may_be_asked": may_be_asked}, unique="user_id")
