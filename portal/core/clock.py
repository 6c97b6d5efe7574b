"""The only reader of the clock, and of the zone in which the site's days begin and end."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app


def utc_now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def site_zone() -> ZoneInfo:
    """Return the site's time zone."""
    zone: ZoneInfo = current_app.extensions["settings"].time_zone
    return zone


def site_day(instant: datetime) -> date:
    """Return the day of an instant in the site's time zone."""
    return instant.astimezone(site_zone()).date()


def site_day_end(day: date) -> datetime:
    """Return the last instant of a day in the site's time zone, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=site_zone())
    return midnight.astimezone(UTC) - timedelta.resolution
