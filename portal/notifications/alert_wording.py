"""Alerts about accounts in words: why someone should look."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _

Params = Mapping[str, Any]

TENTH_E4: Final = 1000


def _points(points_e4: int) -> str:
    """Write points with one decimal, cut as everywhere."""
    text: str = format_decimal(points_e4 // TENTH_E4 / 10, "#,##0.0")
    return text


def _day(text: str) -> str:
    written: str = format_date(date.fromisoformat(text), "medium") if text else ""
    return written


def _with_reason(sentence: str, p: Params) -> str:
    """Add to a sentence which side of the account lost most, if that is known."""
    if "component_en" not in p:
        return sentence
    name = p["component_ja" if str(get_locale()) == "ja" else "component_en"]
    reason = _("%(component)s lost most: %(points)s points.", component=name, points=_points(p["lost_e4"]))
    return str(_("%(what)s %(why)s", what=sentence, why=reason))


def _fell(p: Params) -> str:
    lost = p["from_e4"] // TENTH_E4 - p["to_e4"] // TENTH_E4
    return str(
        _(
            "%(title)s fell by %(points)s points since %(day)s, to %(now)s.",
            title=p["title"],
            points=_points(lost * TENTH_E4),
            day=_day(p["since"]),
            now=_points(p["to_e4"]),
        )
    )


def _moved(p: Params) -> dict[str, str]:
    return {"title": p["title"], "before": _points(p["from_e4"]), "now": _points(p["to_e4"])}


ALERTS: Final[Mapping[str, Callable[[Params], str]]] = {
    "alert_fell": lambda p: _with_reason(_fell(p), p),
    "alert_at_risk": lambda p: _with_reason(
        _("%(title)s is at risk now: its score came down from %(before)s to %(now)s.", **_moved(p)), p
    ),
    "alert_left_healthy": lambda p: _with_reason(
        _("%(title)s is not healthy any more: its score came down from %(before)s to %(now)s.", **_moved(p)),
        p,
    ),
    "alert_silent": lambda p: _(
        "Nobody of %(title)s has been seen for %(days)d days.", title=p["title"], days=p["days"]
    ),
    "alert_renewal_at_risk": lambda p: _(
        "%(title)s renews on %(day)s and is at risk.", title=p["title"], day=_day(p["day"])
    ),
    "alert_override_ends": lambda p: _(
        "The judgement of %(title)s by hand ends on %(day)s. Look again whether it still holds.",
        title=p["title"],
        day=_day(p["day"]),
    ),
}
