"""Sending what is due: one mail at a time, each in the end sent, dropped, put off or given up."""

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Final

from flask import current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.notifications.mail import queue
from portal.notifications.mail.contents import Composed, compose
from portal.notifications.mail.letters import BadAddressError, Letter, message_of
from portal.notifications.mail.models import Mail, MailAddress, MailPurpose
from portal.notifications.mail.transports import (
    LaterError,
    RefusedError,
    Transport,
    UnreachableError,
)

log = logging.getLogger(__name__)

_RECIPIENT: Final = (  # Made once: making it costs more than asking it, once a mail.
    select(User, MailAddress)
    .outerjoin(MailAddress, MailAddress.address == User.email)
    .options(joinedload(User.account))
    .where(User.id == bindparam("user_id"), User.is_active, User.email.is_not(None))
)


def send_due(transport: Transport, *, advance: Callable[[int], object] = lambda _count: None) -> int:
    """Send the mails that are due, until the server is out of reach; return how many were taken up.

    A mail is put off before it is attempted and settled afterwards. Whoever is killed between the server's
    yes and the settling leaves a mail that is sent once more, with the same Message-ID; none is lost.
    """
    count = 0
    with closing(transport):
        mail = _take_up()
        while mail:
            note = _attempt(transport, mail)
            count += 1
            advance(1)
            mail = _take_up(after=partial(note, mail=mail))
    return count


def _take_up(*, after: Callable[..., object] | None = None) -> Mail | None:
    """Take up the next mail, in the transaction that notes what became of the last one."""
    with transaction(wake=False) as session:
        now = utc_now()
        if after:
            after(session, now=now)
        mail = queue.take_up(session, now=now)
        if mail is not None:
            session.expunge(mail)
        return mail


def _attempt(transport: Transport, mail: Mail) -> Callable[..., None]:
    """Try to send a mail; return how to note what became of it."""
    now = utc_now()
    try:
        name, composed = _content(db.session(), mail, now=now)
        db.session.rollback()  # Nothing is held while the server takes its time.
        if composed is None:
            return queue.note_nothing_to_say
        transport.deliver(_message(mail, composed.letter, name=name, now=now))
    except UnreachableError as error:
        log.warning("the mail server cannot be used", extra={"error": str(error)})
        return partial(queue.note_unreachable, error=str(error))
    except (RefusedError, BadAddressError) as error:
        return partial(queue.note_refusal, error=str(error))
    except LaterError as error:
        return partial(queue.note_failure, error=str(error))
    except Exception as error:  # Whatever is wrong with one mail, the others go on.
        log.exception("a mail could not be made", extra={"mail_id": mail.id})
        return partial(queue.note_failure, error=repr(error))
    return partial(queue.note_sent, notice_ids=composed.notice_ids)


def _content(session: Session, mail: Mail, *, now: datetime) -> tuple[str, Composed | None]:
    """Return whom a mail is for and what it says; None if it is not needed, or its address refuses mail."""
    if mail.purpose is MailPurpose.LETTER:
        return "", Composed(letter=Letter(**(mail.letter or {})), notice_ids=[])
    row = session.execute(_RECIPIENT, {"user_id": mail.user_id}).one_or_none()
    if row is None or (row.MailAddress and row.MailAddress.paused_at):
        return "", None
    mail.address = row.User.email
    return row.User.name, compose(session, mail, row.User, now=now)


def _message(mail: Mail, letter: Letter, *, name: str, now: datetime) -> EmailMessage:
    settings: Settings = current_app.extensions["settings"]
    return message_of(
        letter, sender=settings.mail_sender, to=mail.address or "", name=name, mail_id=mail.id, at=now
    )
