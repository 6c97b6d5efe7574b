"""What is at stake, and how a trend and a renewal are told."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.health.rules import FULL_E4

STEEP_TENTHS: Final = 50
"""Source: 5 points in 28 days are what the list finds worth telling as a reason."""


class Trend(StrEnum):
    """Where a score went in 28 days, by the shown tenths: 5 points or more are a way."""

    FALLING = "falling"
    STEADY = "steady"
    RISING = "rising"


class Renewal(StrEnum):
    """When an account renews: within so many days from today, or on a day that has passed."""

    OVERDUE = "overdue"
    IN_30 = "30"
    IN_60 = "60"
    IN_90 = "90"

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and last day of the window."""
        if self is Renewal.OVERDUE:
            return date.min, today - timedelta(days=1)
        return today, today + timedelta(days=int(self))


def trend_of(delta_tenths: int) -> Trend:
    """Tell where a score went that changed by so many tenths."""
    if abs(delta_tenths) < STEEP_TENTHS:
        return Trend.STEADY
    return Trend.FALLING if delta_tenths < 0 else Trend.RISING


def at_stake(monthly_revenue: int, points_e4: int | None) -> int:
    """Return risk × revenue: monthly revenue × (100 − score) ÷ 100; half of the revenue without a score.

    Source: what is missing from a full score stands for the risk, and even odds for knowing nothing. It
    orders accounts by where attention may save most, and is no forecast of loss.
    """
    missing = FULL_E4 // 2 if points_e4 is None else FULL_E4 - points_e4
    return monthly_revenue * missing // FULL_E4
