"""The list of accounts: what its address asks for, and the file of the same."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from flask_babel import gettext as _

from portal.accounts.forms import PLANS, TIERS
from portal.accounts.models import AccountStatus, TouchTier
from portal.health.display import tenths, total_delta
from portal.health.overrides.wording import judged
from portal.health.ranking.queries import AccountFilter, RankedAccount
from portal.health.ranking.rules import Renewal, Trend
from portal.health.rules import ONE_E4
from portal.health.wording import BANDS, reason_text
from portal.web.numbers import row_number

K = TypeVar("K", bound=StrEnum)

KEPT: Final = ("name", "band", "trend", "tier", "plan", "manager", "renewal", "status", "sort")
MINE: Final = "mine"
NOBODY: Final = "nobody"
LONGEST_NAME: Final = 200
"""What accounts are looked for by: as long as the longest name can be, and no pattern is too long."""


def asked_for(asked: Mapping[str, str], *, reader_id: int | None) -> AccountFilter:
    """Read what an address asks for; what it asks for in vain is left out."""
    manager = asked.get("manager", "")
    ids = {MINE: reader_id, NOBODY: 0}
    return AccountFilter(
        status=_one_of(AccountStatus, asked.get("status")) or AccountStatus.ACTIVE,
        band=asked.get("band") or None,
        tier=_one_of(TouchTier, asked.get("tier")),
        plan=asked.get("plan") or None,
        manager_id=ids[manager] if manager in ids else _row(manager),
        trend=_one_of(Trend, asked.get("trend")),
        renewal=_one_of(Renewal, asked.get("renewal")),
        name=asked.get("name", "").strip()[:LONGEST_NAME] or None,
    )


def _one_of(kind: type[K], text: str | None) -> K | None:
    return kind(text) if text in {member.value for member in kind} else None


def _row(text: str) -> int | None:
    try:
        return row_number(text)
    except ValueError:
        return None


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
        _("Judged by hand"),
        _("Judged until"),
        _("Why judged so"),
        _("Next action"),
        _("Due"),
        _("Owner"),
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
            *_override(row),
            *_next_action(row),
        )


def _override(row: RankedAccount) -> tuple[object, ...]:
    override = row.override
    return (judged(override), override.ends_on, override.reason) if override else ("", "", "")


def _next_action(row: RankedAccount) -> tuple[object, ...]:
    action = row.next_action
    if action is None:
        return ("", "", "")
    return action.what, action.due_on, action.owner.name if action.owner else ""
