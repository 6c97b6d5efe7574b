"""When an alert opens and when it is over: pure functions of what is known of an account on a day.

Each rule has two answers: `begins` opens an alert, and one that is open lasts while `lasts` holds. The second
is easier to fulfil than the first, so that a score around a limit rings once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Final

from portal.health.alerts.models import AlertRule
from portal.health.model import Band
from portal.health.rules import ONE_E4

WINDOW: Final = timedelta(days=14)
FALL_E4: Final = 15 * ONE_E4
"""Source: a fall of ≥ 15 points in 14 days, as docs/accounts.md defines an alert."""
FALLEN_STILL_E4: Final = 10 * ONE_E4
"""A fall is over when less than two thirds of what opened it are left, or 14 days have passed."""
MARGIN_E4: Final = 3 * ONE_E4
"""How far above the limit of its band a score has to rise again: more than it moves from day to day."""
SILENT_DAYS: Final = 21
"""Three weeks without a soul are no holiday any more."""
RENEWAL_NEARS: Final = timedelta(days=60)
"""Two monthly reviews remain in which to turn things round, as for the tasks about renewals."""
OVERRIDE_NEARS: Final = timedelta(days=7)
"""One working week in which to look again."""

_ORDER: Final = {Band.AT_RISK: 0, Band.WATCH: 1, Band.HEALTHY: 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A stored score; without evidence there are neither points nor a band."""

    day: date
    model: str
    points_e4: int | None
    band: Band | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Where the bands begin, in ten-thousandths of a point."""

    watch_e4: int
    healthy_e4: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What is known of a paying account on a day.

    `readings` are its scores of the days up to it, the oldest first. `is_silent` is whether none of its
    people did anything for 21 days. `override` and `override_ends_on` are None where no override holds.
    """

    today: date
    readings: Sequence[Reading]
    limits: Limits
    is_silent: bool
    renews_on: date | None
    override: Band | None
    override_ends_on: date | None

    @property
    def comparable(self) -> Sequence[Reading]:
        """The scores of the last 14 days that have points and came from the latest one's model."""
        known = [each for each in self.readings if each.points_e4 is not None]
        if not known:
            return ()
        last = known[-1]
        return [each for each in known if each.model == last.model and each.day >= last.day - WINDOW]


@dataclass(frozen=True, kw_only=True, slots=True)
class Descent:
    """From which score to which an account came down."""

    before: Reading
    after: Reading


def fall(situation: Situation) -> Descent | None:
    """Return how far the latest score is below the highest of the 14 days before; None if it is not."""
    readings = situation.comparable
    if not readings:
        return None
    highest = max(readings, key=lambda each: each.points_e4 or 0)
    lost = (highest.points_e4 or 0) - (readings[-1].points_e4 or 0)
    return Descent(before=highest, after=readings[-1]) if lost > 0 else None


def crossing(situation: Situation) -> Descent | None:
    """Return how the account came down into its band; None if it rose into it, or was there all the time.

    Looks at the last 14 days: the last band that differs was a higher one.
    """
    readings = situation.comparable
    here = list(takewhile(lambda each: each.band == readings[-1].band, reversed(readings)))
    before = readings[-len(here) - 1] if len(here) < len(readings) else None
    if before is None or before.band is None or here[-1].band is None:
        return None
    return Descent(before=before, after=here[-1]) if _ORDER[before.band] > _ORDER[here[-1].band] else None


def _lost_e4(situation: Situation) -> int:
    down = fall(situation)
    return (down.before.points_e4 or 0) - (down.after.points_e4 or 0) if down else 0


def _crossed_into(situation: Situation, band: Band) -> bool:
    down = crossing(situation)
    return down is not None and down.after.band is band


def _is_below(situation: Situation, limit_e4: int) -> bool:
    """Tell whether the latest score is below a limit by its margin, or unknown: silence is no recovery."""
    points = next((each.points_e4 for each in reversed(situation.readings)), None)
    return points is None or points < limit_e4 + MARGIN_E4


def _renews_soon(situation: Situation) -> bool:
    renews_on = situation.renews_on
    return renews_on is not None and situation.today <= renews_on <= situation.today + RENEWAL_NEARS


def _is_at_risk(situation: Situation) -> bool:
    """Tell whether someone judges the account to be at risk or, where nobody judges, its score does."""
    if situation.override is not None:
        return situation.override is Band.AT_RISK
    return bool(situation.readings) and situation.readings[-1].band is Band.AT_RISK


def _stays_at_risk(situation: Situation) -> bool:
    if situation.override is not None:
        return situation.override is Band.AT_RISK
    return _is_below(situation, situation.limits.watch_e4)


def _override_nears(situation: Situation) -> bool:
    ends_on = situation.override_ends_on
    return ends_on is not None and ends_on <= situation.today + OVERRIDE_NEARS


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """When alerts of a rule open, and while what they last."""

    begins: Callable[[Situation], bool]
    lasts: Callable[[Situation], bool]


RULES: Final[Mapping[AlertRule, Rule]] = {
    AlertRule.FELL: Rule(
        begins=lambda now: _lost_e4(now) >= FALL_E4,
        lasts=lambda now: _lost_e4(now) >= FALLEN_STILL_E4,
    ),
    AlertRule.AT_RISK: Rule(
        begins=lambda now: _crossed_into(now, Band.AT_RISK),
        lasts=lambda now: _is_below(now, now.limits.watch_e4),
    ),
    AlertRule.LEFT_HEALTHY: Rule(
        begins=lambda now: _crossed_into(now, Band.WATCH),
        lasts=lambda now: _is_below(now, now.limits.healthy_e4),
    ),
    AlertRule.SILENT: Rule(begins=lambda now: now.is_silent, lasts=lambda now: now.is_silent),
    AlertRule.RENEWAL_AT_RISK: Rule(
        begins=lambda now: _renews_soon(now) and _is_at_risk(now),
        lasts=lambda now: _renews_soon(now) and _stays_at_risk(now),
    ),
    AlertRule.OVERRIDE_ENDS: Rule(begins=_override_nears, lasts=_override_nears),
}


def beginning(situation: Situation, open_rules: frozenset[AlertRule]) -> list[AlertRule]:
    """Return the rules of which an alert opens, given those of which one is open."""
    return [name for name, rule in RULES.items() if name not in open_rules and rule.begins(situation)]


def has_moved(situation: Situation, rule: AlertRule, told: str | None) -> bool:
    """Tell whether the day of which an open alert speaks, as it was told, is another one by now."""
    days = {
        AlertRule.RENEWAL_AT_RISK: situation.renews_on,
        AlertRule.OVERRIDE_ENDS: situation.override_ends_on,
    }
    day = days.get(rule)
    return day is not None and day.isoformat() != told


def over(situation: Situation, open_rules: frozenset[AlertRule]) -> list[AlertRule]:
    """Return the rules whose open alert is over."""
    return [name for name, rule in RULES.items() if name in open_rules and not rule.lasts(situation)]
