"""How often, and when not, people are asked for something: pure arithmetic that all features share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """Hours of a person's own day, 0…23, in which nothing is asked of them; the same twice is none."""

    begin: int = 20
    end: int = 8
    holds_on_weekends: bool = True

    def holds_at(self, local: datetime) -> bool:
        """Tell whether a time of the person's own zone is quiet."""
        if self.holds_on_weekends and local.isoweekday() > 5:  # noqa: PLR2004  # Saturday and Sunday.
            return True
        if self.begin <= self.end:
            return self.begin <= local.hour < self.end
        return local.hour >= self.begin or local.hour < self.end


def next_awake(now: datetime, *, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """Return the first instant from now on, in UTC, that is not quiet in a zone.

    Quiet hours end at an hour of some day, or at a midnight. An hour that clocks leave out ends them when the
    clocks go on, one that comes twice the first time.
    """
    today = now.astimezone(zone).date()
    hours = (time(), time(quiet.end))
    days = (today + timedelta(days=number) for number in range(9))
    ends = (datetime.combine(day, hour, tzinfo=zone).astimezone(UTC) for day in days for hour in hours)
    coming = sorted(end for end in ends if end > now)
    return next(at for at in (now, *coming) if not quiet.holds_at(at.astimezone(zone)))


def has_room(arrivals: Iterable[datetime], arrival: datetime, *, most: int) -> bool:
    """Tell whether one more thing may reach a person at a time, given when others of its sort do or did.

    Those within seven days before count, and all later ones: so no seven days ever hold more than the most.
    """
    return sum(at > arrival - WEEK for at in arrivals) < most
