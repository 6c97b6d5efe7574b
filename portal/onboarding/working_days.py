"""The days on which people work: all but weekends and the holidays of their country."""

from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Final

from holidays import HolidayBase, country_holidays

_filling: Final = Lock()  # A calendar works out a year's holidays when it is first asked about that year.


def working_day(day: date, *, after: int, country: str) -> date:
    """Return the working day so many working days after a day; `after` 0 is the day itself or the next.

    `country` is an ISO 3166-1 code of two letters. A country whose holidays nobody knows has weekends only.
    """
    with _filling:
        return _calendar(country).get_nth_working_day(day, after)


@lru_cache
def _calendar(country: str) -> HolidayBase:
    try:
        return country_holidays(country)
    except NotImplementedError:
        return HolidayBase()
