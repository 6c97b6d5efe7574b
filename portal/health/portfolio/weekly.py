"""Whose Monday morning it is: asking for the mails about portfolios."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, and_, cast, exists, literal, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import STAFF_ROLES
from portal.accounts.models import Account, AccountStatus, User
from portal.core.clock import site_zone
from portal.core.db import db, transaction
from portal.health.actions.models import NextAction
from portal.notifications.kinds import Delivery
from portal.notifications.mail import queue
from portal.notifications.mail.models import Mail, MailPurpose
from portal.notifications.models import NoticeSetting
from portal.notifications.rules import digest_day, morning_of

LATE: Final = timedelta(hours=6)
"""What does not leave on Monday before the afternoon, as a server was down, does not leave any more."""


def ask_for_due(*, now: datetime) -> int:
    """Queue the mail of everyone of the staff whose Monday morning has come; return how many."""
    names = db.session.scalars(_wanting().with_only_columns(User.time_zone).distinct()).all()
    return sum(_ask_in_zone(name, now=now) for name in names)


def is_late(now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the last Monday morning of a zone is so long ago that its mail does not leave any more."""
    return now - morning_of(digest_day(Delivery.WEEKLY, now, zone), zone) >= LATE


def _ask_in_zone(name: str | None, *, now: datetime) -> int:
    zone = ZoneInfo(name) if name else site_zone()
    monday = digest_day(Delivery.WEEKLY, now, zone)
    if is_late(now, zone):
        return 0
    user_ids = _without_mail(db.session(), name, monday.isoformat())
    if not user_ids:
        return 0
    with transaction(wake=False) as session:
        return queue.ask_for_digests(
            session, user_ids, purpose=MailPurpose.PORTFOLIO, period=monday.isoformat(), now=now
        )


def _without_mail(session: Session, zone: str | None, period: str) -> Sequence[int]:
    key = literal(f"{MailPurpose.PORTFOLIO}:{period}:") + cast(User.id, String)
    mine = User.time_zone.is_not_distinct_from(zone)
    return session.scalars(
        _wanting().with_only_columns(User.id).where(mine, ~exists().where(Mail.key == key)).order_by(User.id)
    ).all()


def _wanting() -> Select[User]:
    """Select who manages an account or has something to do, and did not say that they want no such mail."""
    manages = exists().where(Account.manager_id == User.id, Account.status == AccountStatus.ACTIVE)
    acts = exists().where(NextAction.owner_id == User.id, NextAction.done_at.is_(None))
    refuses = exists().where(
        and_(
            NoticeSetting.user_id == User.id,
            NoticeSetting.kind == MailPurpose.PORTFOLIO,
            NoticeSetting.delivery != Delivery.WEEKLY,
        )
    )
    people = (User.role.in_(STAFF_ROLES), User.is_active, User.email.is_not(None))
    return select(User).where(*people, or_(manages, acts), ~refuses)
