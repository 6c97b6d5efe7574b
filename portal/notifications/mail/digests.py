"""Whose morning it is: asking for the daily and weekly digests that have become due."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, cast, exists, literal, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.clock import site_zone
from portal.core.db import db, transaction
from portal.notifications.kinds import Delivery
from portal.notifications.mail import queue
from portal.notifications.mail.models import Mail, MailPurpose
from portal.notifications.models import Notice
from portal.notifications.rules import digest_day, morning_of

BATCH: Final = 500
PURPOSES: Final = {Delivery.WEEKLY: MailPurpose.WEEKLY, Delivery.DAILY: MailPurpose.DAILY}
"""The weekly digest comes first, and holds what would be in that morning's daily one."""


def ask_for_due(*, now: datetime) -> int:
    """Queue the digests of everyone whose morning has come and who has something to read; return how many."""
    return sum(
        _ask_in_zone(digest, name, now=now)
        for digest in PURPOSES
        for name in _zones_waiting(db.session(), digest)
    )


def _zones_waiting(session: Session, digest: Delivery) -> list[str | None]:
    """Return the time zones of those for whom something waits; None is the site's own."""
    waits = _waits(digest).where(Notice.user_id == User.id).exists()
    return list(session.scalars(select(User.time_zone).where(waits).distinct()))


def _waits(digest: Delivery) -> Select[int]:
    return select(Notice.id).where(
        Notice.delivery == digest, Notice.read_at.is_(None), Notice.mailed_at.is_(None)
    )


def _ask_in_zone(digest: Delivery, name: str | None, *, now: datetime) -> int:
    zone = ZoneInfo(name) if name else site_zone()
    day = digest_day(digest, now, zone)
    count = 0
    while user_ids := _without_digest(db.session(), digest, name, day.isoformat(), morning_of(day, zone)):
        with transaction(wake=False) as session:
            count += queue.ask_for_digests(
                session, user_ids, purpose=PURPOSES[digest], period=day.isoformat(), now=now
            )
    return count


def _without_digest(
    session: Session, digest: Delivery, zone: str | None, period: str, morning: datetime
) -> list[int]:
    """Return some of those in a time zone who have something from before the morning, and no digest of it."""
    key = literal(f"{PURPOSES[digest]}:{period}:") + cast(User.id, String)
    waits = _waits(digest).where(Notice.user_id == User.id, Notice.created_at < morning).exists()
    asked = exists().where(Mail.key == key)
    query = select(User.id).where(User.time_zone.is_not_distinct_from(zone), waits, ~asked)
    return list(session.scalars(query.order_by(User.id).limit(BATCH)))
