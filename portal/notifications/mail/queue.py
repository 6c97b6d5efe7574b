"""Writes to the mails that wait: asking for them, taking one up, and saying what became of it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, case, delete, null, select, update
from sqlalchemy.orm import Session

from portal.core.orm import insert_new, insert_or_hold
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.models import Mail, MailAddress, MailPurpose, MailState
from portal.notifications.models import Notice
from portal.notifications.rules import BURST, MOST_ATTEMPTS, wait_after

LEASE: Final = timedelta(minutes=10)
UNREACHABLE_WAIT: Final = timedelta(minutes=1)
MOST_REFUSALS: Final = 3
KEPT: Final = timedelta(days=30)
LONGEST_ERROR: Final = 1000


def ask_for_news(session: Session, user_ids: Collection[int], thread: str, *, now: datetime) -> None:
    """Let people hear of a thread by mail, once things have calmed down; one mail waits for all there is.

    A mail that waits already is held, so that nobody takes it up before these news are there to be read.
    """
    rows = [
        {
            "user_id": user_id,
            "purpose": MailPurpose.NEWS,
            "thread": thread,
            "key": f"news:{user_id}:{thread}",
            "state": MailState.QUEUED,
            "due_at": now + BURST,
            "attempts": 0,
            "error": "",
            "created_at": now,
        }
        for user_id in user_ids
    ]
    if rows:
        insert_or_hold(session, Mail, rows, unique="key")


def ask_for_digests(
    session: Session, user_ids: Collection[int], *, purpose: MailPurpose, period: str, now: datetime
) -> int:
    """Let people have their digest of a period, once; return how many had not asked for it before."""
    rows = [
        {
            "user_id": user_id,
            "purpose": purpose,
            "key": f"{purpose}:{period}:{user_id}",
            "state": MailState.QUEUED,
            "due_at": now,
            "attempts": 0,
            "error": "",
            "created_at": now,
        }
        for user_id in user_ids
    ]
    return len(insert_new(session, Mail, rows))


def send(session: Session, letter: Letter, *, to: str, user_id: int | None = None, now: datetime) -> Mail:
    """Queue a letter to an address, in the transaction that makes it true."""
    mail = Mail(
        user_id=user_id,
        purpose=MailPurpose.LETTER,
        letter=dict(letter.as_json()),
        address=to,
        due_at=now,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


_LONGEST_DUE: Final = (
    select(Mail.id)
    .where(Mail.due_at <= bindparam("now"))
    .order_by(Mail.due_at, Mail.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_TAKE_UP: Final = (  # Made once, like the others: making it costs more than asking it, once a mail.
    update(Mail)
    .where(Mail.id == _LONGEST_DUE)
    .values(
        due_at=bindparam("again_at"),
        attempts=Mail.attempts + 1,
        error="",
        key=case((Mail.purpose == MailPurpose.NEWS, null()), else_=Mail.key),
    )
    .returning(Mail)
    .execution_options(synchronize_session=False, populate_existing=True)
)
_MAILED: Final = (
    update(Notice)
    .where(Notice.id.in_(bindparam("ids", expanding=True)))
    .values(mailed_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_FORGIVE: Final = delete(MailAddress).where(MailAddress.address == bindparam("accepting"))
_SETTLE: Final = (
    update(Mail)
    .where(Mail.id == bindparam("mail_id"))
    .values(
        state=bindparam("new_state"),
        due_at=None,
        settled_at=bindparam("at"),
        error=bindparam("last_error"),
        address=bindparam("last_address"),
    )
    .execution_options(synchronize_session=False)
)


def take_up(session: Session, *, now: datetime) -> Mail | None:
    """Return the mail that has been due for longest, put off so that nobody else takes it up; or None.

    News that come in from here on ask for another mail: this one may have been read already.
    """
    return session.scalar(_TAKE_UP, {"now": now, "again_at": now + LEASE})


def note_sent(session: Session, *, mail: Mail, notice_ids: Collection[int], now: datetime) -> None:
    """Say that a mail has left, with these notices in it."""
    _settle(session, mail, MailState.SENT, now=now)
    session.execute(_MAILED, {"ids": list(notice_ids), "at": now})
    session.execute(_FORGIVE, {"accepting": mail.address})


def note_nothing_to_say(session: Session, *, mail: Mail, now: datetime) -> None:
    """Say that a mail was not needed any more."""
    _settle(session, mail, MailState.DROPPED, now=now)


def note_unreachable(session: Session, *, mail: Mail, error: str, now: datetime) -> None:
    """Say that no mail can leave for now: all wait for a while, and this one has not been tried."""
    _change(session, mail, due_at=now, attempts=mail.attempts - 1, error=error[:LONGEST_ERROR])
    session.execute(update(Mail).where(Mail.due_at <= now).values(due_at=now + UNREACHABLE_WAIT))


def note_failure(session: Session, *, mail: Mail, error: str, now: datetime) -> None:
    """Say that a mail did not get through: it is tried again, or in the end counts against its address."""
    if mail.attempts >= MOST_ATTEMPTS:
        note_refusal(session, mail=mail, error=error, now=now)
    else:
        _change(session, mail, due_at=now + wait_after(mail.attempts), error=error[:LONGEST_ERROR])


def note_refusal(session: Session, *, mail: Mail, error: str, now: datetime) -> None:
    """Say that a mail will never get through; after three in a row its address gets no more news."""
    _settle(session, mail, MailState.FAILED, error=error[:LONGEST_ERROR], now=now)
    if mail.address is None:
        return
    insert_or_hold(
        session, MailAddress, [{"address": mail.address, "refusals": 0, "error": ""}], unique="address"
    )
    refusing = session.get_one(MailAddress, mail.address, populate_existing=True)
    refusing.refusals, refusing.error = refusing.refusals + 1, error[:LONGEST_ERROR]
    if refusing.refusals >= MOST_REFUSALS:
        refusing.paused_at = refusing.paused_at or now


def _settle(session: Session, mail: Mail, state: MailState, *, now: datetime, error: str = "") -> None:
    values = {"mail_id": mail.id, "new_state": state, "at": now}
    session.execute(_SETTLE, values | {"last_error": error, "last_address": mail.address})


def _change(session: Session, mail: Mail, **values: object) -> None:
    changed = update(Mail).where(Mail.id == mail.id).values(values | {"address": mail.address})
    session.execute(changed, execution_options={"synchronize_session": False})


def drop_due(session: Session, *, now: datetime) -> None:
    """Settle what is due on a site that sends no mail, so that it does not pour out once it does."""
    values = {"state": MailState.DROPPED, "due_at": None, "settled_at": now}
    session.execute(update(Mail).where(Mail.due_at <= now).values(values))


def retry(session: Session, *, mail_id: int | None = None, now: datetime) -> int:
    """Try again at once what has failed, be it for good, or only one such mail; return how many.

    A mail that is under way has no error yet, and is left alone.
    """
    failed = (Mail.state.in_((MailState.QUEUED, MailState.FAILED)), Mail.error != "")
    which = failed if mail_id is None else (*failed, Mail.id == mail_id)
    changed = session.execute(
        update(Mail)
        .where(*which)
        .values(state=MailState.QUEUED, due_at=now, attempts=0, settled_at=None)
        .returning(Mail.id)
    )
    return len(changed.all())


def resume(session: Session, *, address: str) -> bool:
    """Forget what an address has refused; False if it refused nothing."""
    refused = delete(MailAddress).where(MailAddress.address == address)
    return session.scalar(refused.returning(MailAddress.address)) is not None


def prune(session: Session, *, now: datetime) -> None:
    """Forget mails that were settled a month ago."""
    session.execute(delete(Mail).where(Mail.settled_at < now - KEPT))
