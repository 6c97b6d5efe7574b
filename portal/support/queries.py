"""Reads of requests; each returns only what the actor may see."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.support.models import RequestReply, RequestStatus, SupportRequest

LATEST: Final = 200


def visible_requests(actor: Actor) -> ColumnElement[bool]:
    """Staff see all requests, a champion those of the account, everyone their own."""
    if actor.is_staff:
        return true()
    if not actor.is_signed_in:
        return false()
    mine = SupportRequest.author_id == actor.user_id
    if not actor.is_champion:
        return mine
    return or_(mine, SupportRequest.account_id == actor.account_id)


def requests_for(
    session: Session,
    actor: Actor,
    *,
    status: RequestStatus | None = None,
    account_id: int | None = None,
    oldest_first: bool = False,
) -> Sequence[SupportRequest]:
    """Return the latest requests (or the oldest), optionally of one status or account."""
    query = (
        select(SupportRequest)
        .options(joinedload(SupportRequest.author), joinedload(SupportRequest.account))
        .where(visible_requests(actor))
    )
    if status is not None:
        query = query.where(SupportRequest.status == status)
    if account_id is not None:
        query = query.where(SupportRequest.account_id == account_id)
    order = SupportRequest.id if oldest_first else SupportRequest.id.desc()
    return session.scalars(query.order_by(order).limit(LATEST)).all()


def request_for(session: Session, actor: Actor, request_id: int) -> SupportRequest:
    """Return one request with its messages.

    Raises:
        NotFoundError: no such request that the actor may see.
    """
    request = session.scalar(
        select(SupportRequest)
        .options(
            joinedload(SupportRequest.author),
            joinedload(SupportRequest.account),
            selectinload(SupportRequest.replies).joinedload(RequestReply.author),
        )
        .where(SupportRequest.id == request_id, visible_requests(actor))
    )
    if request is None:
        raise NotFoundError("request")
    return request


def open_count_for(session: Session, actor: Actor) -> int:
    """Return how many requests wait for staff, as far as the actor may see them."""
    waiting = select(func.count()).select_from(SupportRequest)
    return (
        session.scalar(waiting.where(visible_requests(actor), SupportRequest.status == RequestStatus.OPEN))
        or 0
    )
