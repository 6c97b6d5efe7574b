"""How long an override may hold, and which place it gives an account."""

from datetime import date, timedelta
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.health.model import Band, Model
from portal.health.rules import FULL_E4, ONE_E4

LONGEST: Final = timedelta(days=180)
"""What someone knew half a year ago is no judgement any more."""


def require_end(ends_on: date, *, today: date) -> None:
    """Refuse an end that has passed or is too far away.

    Raises:
        InvalidError: the day is before today, or more than 180 days ahead.
    """
    if not today <= ends_on <= today + LONGEST:
        raise InvalidError(
            N_("Choose a day from today to %(latest)s, at most %(days)d days ahead."),
            field="ends_on",
            latest=today + LONGEST,
            days=LONGEST.days,
        )


def bounds_e4(model: Model, band: Band) -> tuple[int, int]:
    """Return the lowest and highest ten-thousandths of a point that lie in a band."""
    watch, healthy = round(model.watch_from * ONE_E4), round(model.healthy_from * ONE_E4)
    return {
        Band.AT_RISK: (0, watch - 1),
        Band.WATCH: (watch, healthy - 1),
        Band.HEALTHY: (healthy, FULL_E4),
    }[band]


def judged_e4(model: Model, computed_e4: int | None, band: Band, points_e4: int | None) -> int:
    """Return the points by which an account with an override is ranked.

    They are those of the override; of a mere band the nearest to the computed score, which is taken as 50
    where there is none.
    """
    if points_e4 is not None:
        return points_e4
    low, high = bounds_e4(model, band)
    return min(max(FULL_E4 // 2 if computed_e4 is None else computed_e4, low), high)
