"""Times and numbers as templates show them."""

from datetime import UTC, date, datetime

from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, format_timedelta

from portal.core.clock import utc_now


def _ago(instant: datetime) -> str:
    text: str = format_timedelta(instant - utc_now(), add_direction=True)
    return text


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def _day(day: date) -> str:
    text: str = format_date(day, "medium")
    return text


def _when(instant: datetime) -> str:
    text: str = format_datetime(instant, "medium")
    return text


def init_times(app: Flask) -> None:
    """Give templates `ago`, `stamp`, `day`, `when` and `number`."""
    app.jinja_env.filters.update(ago=_ago, stamp=_stamp, day=_day, when=_when, number=format_decimal)
