"""A checklist as a calendar that others subscribe to; the only module that knows the library."""

from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext as _
from icalendar import Calendar, Event

from portal.onboarding.models import ChecklistStep
from portal.onboarding.rules import Path

REFRESHED_EVERY: Final = timedelta(hours=12)


def calendar_of(path: Path, *, url: str, language: str, now: datetime) -> bytes:
    """Write the days of a checklist as iCalendar: each step stands on the day by which it is due.

    Source: RFC 5545, and RFC 7986 for name and refreshing.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Engawa//Onboarding//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = f"{path.checklist.success_map.name(language)} ({path.checklist.account.name})"
    for key in ("name", "x-wr-calname"):
        calendar.add(key, name)
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"value": "DURATION"})
    for stop in path.stops:
        calendar.add_component(_event(stop.step, url=url, language=language, now=now))
    text: bytes = calendar.to_ical()
    return text


def _event(step: ChecklistStep, *, url: str, language: str, now: datetime) -> Event:
    title = step.title(language)
    event = Event()
    event.add("uid", f"step-{step.id}@{url.split('/')[2]}")
    event.add("dtstamp", now)
    event.add("dtstart", step.due_on)
    event.add("summary", _("Done: %(title)s", title=title) if step.is_done else title)
    event.add("description", step.reason(language))
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    return event
