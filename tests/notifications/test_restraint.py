"""When people may be asked for something, and how often."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications.restraint import WEEK, QuietHours, has_room, next_awake
from tests.factories import NOW

ZONES = [
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Africa/Cairo",  # Its clocks change at midnight.
    "America/Havana",  # Its midnight comes twice.
    "Australia/Lord_Howe",  # By half an hour.
    "Asia/Kathmandu",
    "Pacific/Apia",  # It once left out a day.
]
TURNS = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 10, 4), date(2011, 12, 29)]
MINUTE = timedelta(minutes=1)
hours = st.integers(0, 23)
quiet_hours = st.builds(QuietHours, begin=hours, end=hours, holds_on_weekends=st.booleans())
instants = st.builds(
    lambda day, minutes: datetime.combine(day, time(), tzinfo=UTC) + minutes * MINUTE,
    st.sampled_from(TURNS) | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(-2 * 1440, 2 * 1440),
)


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(now=instants, zone=st.sampled_from(ZONES), quiet=quiet_hours)
def test_it_is_the_first_minute_that_is_not_quiet(now: datetime, zone: str, quiet: QuietHours) -> None:
    there = ZoneInfo(zone)
    minute = now
    while quiet.holds_at(minute.astimezone(there)):
        minute += MINUTE
    assert next_awake(now, zone=there, quiet=quiet) == minute


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("Asia/Tokyo", "2026-11-20T12:00", "2026-11-20T12:00"),
        ("Asia/Tokyo", "2026-11-19T20:00", "2026-11-20T08:00"),
        ("Asia/Tokyo", "2026-11-20T20:00", "2026-11-23T08:00"),  # Friday evening: after the weekend.
        ("Asia/Tokyo", "2026-11-21T12:00", "2026-11-23T08:00"),
        ("Europe/Berlin", "2026-03-27T21:00", "2026-03-30T08:00"),  # Summer time begins on the Sunday.
        ("America/New_York", "2026-10-30T21:00", "2026-11-02T08:00"),  # And ends.
    ],
)
def test_evenings_and_weekends_are_quiet_unless_someone_says_otherwise(
    zone: str, now: str, expected: str
) -> None:
    assert next_awake(at(now, zone), zone=ZoneInfo(zone), quiet=QuietHours()) == at(expected, zone)


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "expected"),
    [
        # 02:00 does not come: clocks go on from 03:00.
        ("Europe/Berlin", QuietHours(begin=0, end=2, holds_on_weekends=False), "2026-03-29T01:30", "03:00"),
        # 02:00 comes twice: the first ends it.
        ("Europe/Berlin", QuietHours(begin=0, end=2, holds_on_weekends=False), "2026-10-25T01:30", "02:00"),
    ],
)
def test_hours_end_when_clocks_change(zone: str, quiet: QuietHours, now: str, expected: str) -> None:
    awake = next_awake(at(now, zone), zone=ZoneInfo(zone), quiet=quiet).astimezone(ZoneInfo(zone))
    assert (awake.strftime("%H:%M"), awake.fold) == (expected, 0)


def test_the_same_hour_twice_is_never_quiet() -> None:
    quiet = QuietHours(begin=8, end=8, holds_on_weekends=False)
    assert not any(quiet.holds_at(datetime(2026, 11, 21, hour, tzinfo=UTC)) for hour in range(24))


@given(
    wanted=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), max_size=30),
    most=st.integers(1, 3),
)
def test_no_seven_days_hold_more_than_the_most(wanted: list[tuple[int, int]], most: int) -> None:
    arrivals: list[datetime] = []
    for day, delay in sorted(wanted):
        arrival = NOW + timedelta(days=day + delay)
        if has_room(arrivals, arrival, most=most):
            arrivals.append(arrival)
    for end in arrivals:
        assert sum(end - WEEK < arrival <= end for arrival in arrivals) <= most
    if wanted:
        assert arrivals
