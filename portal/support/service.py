"""Writes to requests."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.content.markdown import render
from portal.core import outbox
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import RequestAnswered, RequestOpened, RequestResolved
from portal.support import policies, queries
from portal.support.models import RequestReply, RequestStatus, SupportRequest


def open_request(session: Session, *, actor: Actor, title: str, body: str, now: datetime) -> SupportRequest:
    """Ask staff.

    Raises:
        ForbiddenError: the actor is a visitor.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    if not policies.may_open(actor) or actor.user_id is None:
        raise ForbiddenError("open request")
    if not title.strip():
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")
    request = SupportRequest(
        author_id=actor.user_id,
        account_id=actor.account_id,
        title=" ".join(title.split())[:300],
        body=body,
        body_html=_html(body),
        status=RequestStatus.OPEN,
        created_at=now,
        replies=[],
    )
    session.add(request)
    session.flush()
    outbox.record(session, RequestOpened(request_id=request.id))
    return request


def _html(body: str) -> str:
    if not body.strip():
        raise InvalidError(N_("Write something first."), field="body")
    return render(body).html


def reply(session: Session, *, actor: Actor, request_id: int, body: str, now: datetime) -> RequestReply:
    """Add a message: one by staff answers the request, one by the customer opens it again.

    Raises:
        NotFoundError: no such request that the actor may see.
        InvalidError: the text is empty or cannot be rendered.
    """
    request = queries.request_for(session, actor, request_id)
    message = RequestReply(author_id=actor.user_id, body=body, body_html=_html(body), created_at=now)
    request.replies.append(message)
    request.status = RequestStatus.ANSWERED if actor.is_staff else RequestStatus.OPEN
    request.resolved_at = None
    session.flush()
    if actor.is_staff:
        outbox.record(session, RequestAnswered(request_id=request.id, reply_id=message.id))
    return message


def resolve(session: Session, *, actor: Actor, request_id: int, now: datetime) -> SupportRequest:
    """Settle a request; settling it again changes nothing.

    Raises:
        NotFoundError: no such request that the actor may see.
        ForbiddenError: the actor neither wrote it nor is staff.
    """
    request = queries.request_for(session, actor, request_id)
    if not policies.may_resolve(actor, request):
        raise ForbiddenError("resolve request")
    if request.status is not RequestStatus.RESOLVED:
        request.status, request.resolved_at = RequestStatus.RESOLVED, now
        outbox.record(session, RequestResolved(request_id=request.id))
    return request
