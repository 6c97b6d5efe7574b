"""The mail about a portfolio, put together when it leaves."""

from datetime import datetime
from typing import Final

from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.config import Settings
from portal.health.portfolio.queries import WEEK, portfolio_for
from portal.health.portfolio.sections import sections
from portal.health.portfolio.weekly import is_late
from portal.notifications.kinds import KINDS, Delivery
from portal.notifications.mail.contents import SETTINGS_PATH, render
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.unsubscribing import unsubscribe_url
from portal.notifications.queries import settings_of
from portal.notifications.rules import digest_day, morning_of
from portal.web.cards import absolute

KIND: Final = KINDS["portfolio"]
PATH: Final = "/staff/accounts/portfolio"


def write_portfolio(session: Session, person: User, *, now: datetime) -> Letter | None:
    """Write to one of the staff how their accounts fare; None if that is nothing, not wanted, or too late."""
    if not person.is_staff or settings_of(session, person.id)[KIND.name] is not Delivery.WEEKLY:
        return None
    if is_late(now, person.zone):
        return None
    settings: Settings = current_app.extensions["settings"]
    language = person.language if person.language in settings.languages else settings.default_language
    today = now.astimezone(person.zone).date()
    since = morning_of(digest_day(Delivery.WEEKLY, now, person.zone) - WEEK, person.zone)
    portfolio = portfolio_for(session, person.as_actor(), person.id, today=today, since=since)
    with force_locale(language):
        told = sections(portfolio, language=language, today=today)
        if not told:
            return None
        day = format_date(now.astimezone(person.zone), "long", locale=language)
        subject = _("Your accounts on %(day)s", day=day)
        words = {
            "language": language,
            "heading": subject,
            "sections": told,
            "reason": _("You get this because you want a mail when: %(kind)s.", kind=_(KIND.label)),
            "page_url": absolute(PATH),
            "unsubscribe_url": unsubscribe_url(person.id, f"kind:{KIND.name}"),
            "settings_url": absolute(SETTINGS_PATH),
        }
        return Letter(
            subject=subject,
            text=render("mail/portfolio.txt", **words),
            html=render("mail/portfolio.html", **words),
            list_name=KIND.name,
            unsubscribe_url=unsubscribe_url(person.id, f"kind:{KIND.name}"),
        )
