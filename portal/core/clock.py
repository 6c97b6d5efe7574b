"""The only reader of the clock; everything else is told what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in a time zone."""
    return instant.astimezone(zone).date()
