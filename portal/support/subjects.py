"""What requests are called, for those who may see them."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.notifications.subjects import Named
from portal.support.models import SupportRequest
from portal.support.queries import visible_requests


def requests_named_for(
    session: Session, actor: Actor, ids: Collection[int], _language: str
) -> Mapping[int, Named]:
    """Return some requests by id; their titles are in their own language."""
    query = select(SupportRequest.id, SupportRequest.title)
    rows = session.execute(query.where(SupportRequest.id.in_(ids), visible_requests(actor)))
    return {row.id: Named(title=row.title, path=f"/support/requests/{row.id}") for row in rows}
