"""Reads of mails and addresses; only staff see those of others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.paging import Cursor, Page
from portal.notifications.mail.models import Mail, MailAddress, MailState

MAILS_A_PAGE: Final = 50
ADDRESSES_SHOWN: Final = 200


def mails_for(session: Session, actor: Actor, state: MailState, *, after: Cursor | None = None) -> Page[Mail]:
    """Return the mails in a state, the latest first, with whom they are for; none for anyone but staff."""
    query = select(Mail).options(joinedload(Mail.user)).where(Mail.state == state)
    if after is not None:
        query = query.where(Mail.id < after.id)
    found = query.order_by(Mail.id.desc()).limit(MAILS_A_PAGE + 1)
    rows = session.scalars(found).all() if actor.is_staff else []
    return Page.cut(rows, MAILS_A_PAGE, lambda mail: Cursor(at=mail.created_at, id=mail.id))


def counts_for(session: Session, actor: Actor) -> dict[MailState, int]:
    """Return how many mails there are in each state; nothing for anyone but staff."""
    counts = select(Mail.state, func.count()).group_by(Mail.state)
    return dict(session.execute(counts).all()) if actor.is_staff else {}


def paused_for(session: Session, actor: Actor) -> Sequence[MailAddress]:
    """Return the addresses to which no news are sent, those paused last first; none for anyone but staff."""
    paused = select(MailAddress).where(MailAddress.paused_at.is_not(None))
    latest = paused.order_by(MailAddress.paused_at.desc()).limit(ADDRESSES_SHOWN)
    return session.scalars(latest).all() if actor.is_staff else []


def refusing_address(session: Session, address: str | None) -> MailAddress | None:
    """Return what is known of an address that has refused mail; None if it takes mail."""
    return session.get(MailAddress, address) if address else None


def count_due(session: Session, *, now: datetime) -> int:
    """Return how many mails are due."""
    return session.scalar(select(func.count()).where(Mail.due_at <= now)) or 0


def is_any_due(session: Session, *, now: datetime) -> bool:
    """Tell whether there is something to send."""
    return session.scalar(select(Mail.id).where(Mail.due_at <= now).limit(1)) is not None


def overdue_since(session: Session) -> datetime | None:
    """Return since when the mail that has been due for longest is due; None when none waits."""
    return session.scalar(select(func.min(Mail.due_at)))
