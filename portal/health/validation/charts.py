"""Validations as drawings."""

from flask_babel import gettext as _

from portal.health.validation.report import Horizon
from portal.health.validation.rules import Bin
from portal.web.charts import LineChart, share_chart


def reliability_chart(horizon: Horizon) -> LineChart[float]:
    """Draw how many were lost of those with like chances; its title says how far the two are apart."""
    worst = max(horizon.bins, key=_distance)
    return share_chart(
        [(each.predicted, each.lost.share or 0.0) for each in horizon.bins],
        names=(_("Lost"), _("As foretold")),
        title=_finding(worst),
        unit=_("Per cent of the accounts that were lost, by the chance that their score gave them"),
    )


def _distance(each: Bin) -> float:
    return abs(each.predicted - (each.lost.share or 0.0))


def _finding(worst: Bin) -> str:
    interval = worst.lost.interval
    if interval.low <= worst.predicted <= interval.high:
        return str(_("As many were lost as foretold, as far as chance lets one see"))
    if worst.predicted < interval.low:
        return str(_("In one group more were lost than foretold"))
    return str(_("In one group fewer were lost than foretold"))
