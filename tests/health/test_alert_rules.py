"""Alerts ring once and last until it is over: the rules against a slow evaluation of random scores."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.health.alerts import rules
from portal.health.alerts.models import AlertRule
from portal.health.alerts.rules import Limits, Reading, Situation, beginning, over
from portal.health.model import Band

DAY = timedelta(days=1)
START = date(2026, 9, 1)
LIMITS = Limits(watch_e4=400_000, healthy_e4=700_000)
FELL, AT_RISK, LEFT = AlertRule.FELL, AlertRule.AT_RISK, AlertRule.LEFT_HEALTHY
OPENED = frozenset({FELL, AT_RISK, LEFT})

Series = Sequence[tuple[int | None, str]]


def band_of(points: int | None) -> Band | None:
    if points is None:
        return None
    return Band.AT_RISK if points < 40 else Band.WATCH if points < 70 else Band.HEALTHY


def reading(number: int, points: int | None, model: str = "v1") -> Reading:
    points_e4 = None if points is None else points * 10_000
    return Reading(day=START + number * DAY, model=model, points_e4=points_e4, band=band_of(points))


def situation(series: Series, **values: object) -> Situation:
    readings = [reading(number, points, model) for number, (points, model) in enumerate(series)]
    fields = {
        "today": readings[-1].day if readings else START,
        "readings": readings,
        "limits": LIMITS,
        "is_silent": False,
        "renews_on": None,
        "override": None,
        "override_ends_on": None,
    }
    return Situation(**(fields | values))  # type: ignore[arg-type]  # Values are fields.


def scores(*points: int | None) -> Series:
    return [(each, "v1") for each in points]


def rung(series: Series) -> list[tuple[int, AlertRule, bool]]:
    """Follow a series day by day; return when which alert opened (True) or closed."""
    happened, there = [], set[AlertRule]()
    for number in range(1, len(series) + 1):
        now = situation(series[:number])
        closing, opening = over(now, frozenset(there)), beginning(now, frozenset(there))
        happened += [(number - 1, rule, False) for rule in closing]
        happened += [(number - 1, rule, True) for rule in opening]
        there = (there - set(closing)) | set(opening)
    return happened


class Slow:
    """The same, said again without any of the code: all in points, from the whole past, one account."""

    def __init__(self, series: Series) -> None:
        self.series, self.there = series, set[AlertRule]()

    def known(self, until: int) -> list[tuple[int, int]]:
        """Return days and points that compare with the last known ones, of 14 days."""
        past = [(day, points, model) for day, (points, model) in enumerate(self.series[: until + 1])]
        told = [(day, points, model) for day, points, model in past if points is not None]
        if not told:
            return []
        last_day, _, last_model = told[-1]
        return [(day, points) for day, points, model in told if model == last_model and last_day - day <= 14]

    def lost(self, until: int) -> int:
        known = [points for _, points in self.known(until)]
        return max((then - known[-1] for then in known), default=0)

    def came_down_to(self, until: int) -> Band | None:
        down = None
        bands = [band_of(points) for _, points in self.known(until)]
        order = [Band.AT_RISK, Band.WATCH, Band.HEALTHY]
        for before, after in pairwise(bands):
            if before and after and before != after:
                down = after if order.index(after) < order.index(before) else None
        return down

    def run(self) -> list[tuple[int, AlertRule, bool]]:
        happened = []
        for today, (points, _) in enumerate(self.series):
            begins = {
                FELL: self.lost(today) >= 15,
                AT_RISK: self.came_down_to(today) is Band.AT_RISK,
                LEFT: self.came_down_to(today) is Band.WATCH,
            }
            ends = {
                FELL: self.lost(today) < 10,
                AT_RISK: points is not None and points >= 43,
                LEFT: points is not None and points >= 73,
            }
            was = set(self.there)
            for rule in (FELL, AT_RISK, LEFT):
                if rule in was and ends[rule]:
                    self.there.remove(rule)
                    happened.append((today, rule, False))
            for rule in (FELL, AT_RISK, LEFT):
                if rule not in was and begins[rule]:
                    self.there.add(rule)
                    happened.append((today, rule, True))
        return happened


POINTS = st.one_of(st.none(), st.integers(0, 100), st.integers(36, 46), st.integers(66, 76))
DAYS = st.lists(st.tuples(POINTS, st.sampled_from(["v1", "v1", "v1", "v2"])), max_size=45)
STEPS = st.lists(st.integers(-9, 9), max_size=60)


@given(DAYS)
def test_random_scores_ring_as_a_slow_evaluation_says(series: Series) -> None:
    assert rung(series) == Slow(series).run()


@given(st.integers(0, 100), STEPS)
def test_so_do_scores_that_wander(first: int, steps: list[int]) -> None:
    walk = [first]
    for step in steps:
        walk.append(min(max(walk[-1] + step, 0), 100))
    series = scores(*walk)

    assert rung(series) == Slow(series).run()


@pytest.mark.parametrize(
    ("series", "rings"),
    [
        (scores(60, 46), []),
        (scores(60, 45), [FELL]),
        (scores(60, *[50] * 13, 45), [FELL]),
        (scores(60, *[50] * 14, 45), []),
        (scores(60, None, 45), [FELL]),
        ([(60, "v1"), (45, "v2")], []),
        ([(60, "v1"), (80, "v2"), (65, "v2")], [FELL, LEFT]),
        (scores(41, 39), [AT_RISK]),
        (scores(71, 69), [LEFT]),
        (scores(71, 39), [FELL, AT_RISK]),
        (scores(39, 41), []),
        (scores(39), []),
        (scores(None, 39), []),
        ([(41, "v1"), (39, "v2")], []),
    ],
)
def test_what_rings_and_what_does_not(series: Series, rings: list[AlertRule]) -> None:
    assert [rule for _, rule, is_open in rung(series) if is_open] == rings


def test_a_score_around_a_limit_rings_once() -> None:
    assert rung(scores(41, *[39, 41] * 20)) == [(1, AT_RISK, True)]


def test_it_rings_again_after_it_recovered() -> None:
    told = [(day, is_open) for day, rule, is_open in rung(scores(41, 39, 43, 39)) if rule is AT_RISK]

    assert told == [(1, True), (2, False), (3, True)]


def test_a_fall_is_over_after_two_weeks_on_the_new_level() -> None:
    assert rung(scores(60, *[45] * 20)) == [(1, FELL, True), (15, FELL, False)]


def test_a_rise_from_the_bottom_is_no_crossing() -> None:
    told = rung(scores(75, 30, 50))

    assert [rule for _, rule, is_open in told if is_open] == [FELL, AT_RISK]


@pytest.mark.parametrize(("days", "begins"), [(-1, False), (0, True), (60, True), (61, False)])
def test_a_renewal_at_risk_rings_within_60_days(days: int, begins: bool) -> None:  # noqa: FBT001  # A parameter.
    now = situation(scores(30), renews_on=START + days * DAY)

    assert (AlertRule.RENEWAL_AT_RISK in beginning(now, frozenset())) is begins


def test_a_judgement_counts_for_the_renewal() -> None:
    soon = {"renews_on": START + 30 * DAY, "override_ends_on": START + 90 * DAY}
    worse = situation(scores(80), override=Band.AT_RISK, **soon)
    better = situation(scores(30), override=Band.HEALTHY, **soon)

    assert beginning(worse, frozenset()) == [AlertRule.RENEWAL_AT_RISK]
    assert beginning(better, frozenset()) == []
    assert over(better, frozenset({AlertRule.RENEWAL_AT_RISK})) == [AlertRule.RENEWAL_AT_RISK]


def test_a_renewal_rings_until_the_score_is_well_above_the_limit() -> None:
    there = frozenset({AlertRule.RENEWAL_AT_RISK})
    for points, ends in ((42, False), (43, True)):
        now = situation(scores(points), renews_on=START + 30 * DAY)
        assert (over(now, there) == [AlertRule.RENEWAL_AT_RISK]) is ends


@pytest.mark.parametrize(("days", "begins"), [(0, True), (7, True), (8, False)])
def test_a_judgement_that_ends_rings_a_week_before(days: int, begins: bool) -> None:  # noqa: FBT001  # A parameter.
    now = situation(scores(80), override=Band.HEALTHY, override_ends_on=START + days * DAY)

    assert (AlertRule.OVERRIDE_ENDS in beginning(now, frozenset())) is begins


def test_silence_rings_until_someone_is_heard() -> None:
    silent, heard = situation(scores(80), is_silent=True), situation(scores(80))

    assert beginning(silent, frozenset()) == [AlertRule.SILENT]
    assert beginning(silent, frozenset({AlertRule.SILENT})) == []
    assert over(heard, frozenset({AlertRule.SILENT})) == [AlertRule.SILENT]


def test_every_rule_has_both_answers() -> None:
    assert set(rules.RULES) == set(AlertRule)
