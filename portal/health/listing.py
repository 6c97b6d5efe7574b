"""The list of accounts: its orders, its pages, and the file of the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _

from portal.accounts.forms import PLANS, TIERS
from portal.health.display import tenths, total_delta
from portal.health.queries import RankedAccount
from portal.health.rules import ONE_E4
from portal.health.wording import BANDS, reason_text

PAGE_SIZE: Final = 100
DEFAULT_ORDER: Final = "stake"
ORDERS: Final[Mapping[str, Callable[[RankedAccount], Any]]] = {
    "stake": lambda row: -row.at_stake,
    "name": lambda row: row.account.name.casefold(),
    "score": lambda row: row.points_e4 if row.points_e4 is not None else -1,
    "trend": lambda row: row.change.delta_e4 if row.change else 0,
    "renewal": lambda row: row.account.renews_on or date.max,
    "revenue": lambda row: -row.account.monthly_revenue,
}


def in_order(rows: Sequence[RankedAccount], order: str) -> Sequence[RankedAccount]:
    """Sort by one of the orders, the most pressing first; by stake when there is no such order."""
    return sorted(rows, key=ORDERS.get(order, ORDERS[DEFAULT_ORDER]))


def table(rows: Sequence[RankedAccount], language: str) -> Iterator[Sequence[object]]:
    """Yield what the page shows as the rows of a file, the names of the columns first."""
    yield (
        _("Account"),
        _("Health"),
        _("Score"),
        _("Change in 28 days"),
        _("Coverage"),
        _("Why"),
        _("At stake"),
        _("Monthly revenue"),
        _("Renewal"),
        _("Manager"),
        _("Plan"),
        _("Touch tier"),
    )
    for row in rows:
        account, manager = row.account, row.account.manager
        yield (
            account.name,
            BANDS[row.band or "unknown"](),
            "" if row.points_e4 is None else tenths(row.points_e4) / 10,
            "" if row.change is None else total_delta(row.change) / 10,
            "" if row.score is None else row.score.coverage_e4 / ONE_E4,
            reason_text(row.reason, language),
            row.at_stake,
            account.monthly_revenue,
            account.renews_on or "",
            manager.name if manager else "",
            PLANS[account.plan],
            TIERS[account.touch_tier],
        )
