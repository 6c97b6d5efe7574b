"""When mail is due: mornings, and how long to wait after a failure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from portal.notifications.kinds import Delivery

MORNING: Final = time(8)
BURST: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 8
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=6)
_DAY: Final = timedelta(days=1)


def digest_day(digest: Delivery, now: datetime, zone: ZoneInfo) -> date:
    """Return the day of the latest digest that is due: today from 08:00 on; for a weekly one, the Monday."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= MORNING else local.date() - _DAY
    return day - day.weekday() * _DAY if digest is Delivery.WEEKLY else day


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which the digests of a day are due."""
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)


def wait_after(attempts: int) -> timedelta:
    """Return how long a mail waits after so many attempts: a minute, doubled each time, six hours at most."""
    doubled = FIRST_RETRY * int(2 ** min(attempts - 1, 16))
    return min(doubled, LONGEST_RETRY)
