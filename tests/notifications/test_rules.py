"""Mornings and waits."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications.kinds import Delivery
from portal.notifications.rules import LONGEST_RETRY, digest_day, morning_of, wait_after

ZONES = [ZoneInfo(name) for name in ("Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu")]
instants = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(now=instants, zone=st.sampled_from(ZONES), digest=st.sampled_from([Delivery.DAILY, Delivery.WEEKLY]))
def test_the_latest_morning_is_over_and_the_next_is_not(
    now: datetime, zone: ZoneInfo, digest: Delivery
) -> None:
    day = digest_day(digest, now, zone)
    morning = morning_of(day, zone)
    following = morning_of(day + timedelta(days=7 if digest is Delivery.WEEKLY else 1), zone)

    assert morning <= now < following
    assert morning.astimezone(zone).time() == time(8)
    assert digest is Delivery.DAILY or day.weekday() == 0


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        ("2026-11-29T22:59:59+00:00", date(2026, 11, 29), date(2026, 11, 23)),  # Monday, 07:59 in Tokyo.
        ("2026-11-29T23:00:00+00:00", date(2026, 11, 30), date(2026, 11, 30)),
    ],
)
def test_a_day_begins_at_eight(now: str, daily: date, weekly: date) -> None:
    at, tokyo = datetime.fromisoformat(now), ZoneInfo("Asia/Tokyo")
    assert digest_day(Delivery.DAILY, at, tokyo) == daily
    assert digest_day(Delivery.WEEKLY, at, tokyo) == weekly


def test_each_wait_is_twice_the_last_up_to_six_hours() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 100)]
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert waits[-1] == LONGEST_RETRY == timedelta(hours=6)
    assert waits == sorted(waits)
