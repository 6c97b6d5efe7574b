"""Reads of shared links."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import SYSTEM, Actor
from portal.core.errors import NotFoundError
from portal.onboarding import policies
from portal.onboarding.models import Checklist
from portal.onboarding.queries import checklist_for
from portal.onboarding.sharing.models import SharedLink


def links_for(
    session: Session, actor: Actor, checklists: Sequence[Checklist], *, now: datetime
) -> Mapping[int, Sequence[SharedLink]]:
    """Return the links that work to checklists read for the actor, by the checklist's id, the newest first.

    Only those are in it which the actor may share.
    """
    ids = [checklist.id for checklist in checklists if policies.may_share(actor, checklist)]
    links: defaultdict[int, list[SharedLink]] = defaultdict(list, {checklist_id: [] for checklist_id in ids})
    query = (
        select(SharedLink)
        .options(joinedload(SharedLink.created_by))
        .where(SharedLink.checklist_id.in_(ids), *_works(now))
        .order_by(SharedLink.id.desc())
    )
    for link in session.scalars(query) if ids else ():
        links[link.checklist_id].append(link)
    return links


def link_for(session: Session, actor: Actor, link_id: int) -> SharedLink:
    """Return a link to a checklist that the actor may see.

    Raises:
        NotFoundError: no such link.
    """
    link = session.get(SharedLink, link_id, options=[joinedload(SharedLink.checklist)])
    if link is None:
        raise NotFoundError("shared link")
    checklist_for(session, actor, link.checklist_id)
    return link


def shared_checklist(session: Session, link_id: int, *, now: datetime) -> Checklist:
    """Return the whole checklist to which a link leads.

    Raises:
        NotFoundError: the link does not work, or no longer does.
    """
    checklist_id = session.scalar(
        select(SharedLink.checklist_id).where(SharedLink.id == link_id, *_works(now))
    )
    if checklist_id is None:
        raise NotFoundError("shared link")
    return checklist_for(session, SYSTEM, checklist_id)


def _works(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return SharedLink.revoked_at.is_(None), SharedLink.expires_at > now
