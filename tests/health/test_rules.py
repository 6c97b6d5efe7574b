"""The score: worked by hand, against a plain recount, and what must hold of any model and ledger."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, exp
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.health.model import Band, Feature, Measure, Model, Saturating, shipped
from portal.health.rules import ONE_E4, Evidence, Score, Tally, apportion, raw_values, score
from tests.health.evidence import AS_OF, KINDS, component, evidence, feature, ledgers, model, models, tally

ALL = tuple(Measure)
RISING = (Measure.COUNT, Measure.DISTINCT_PEOPLE, Measure.RECENCY_DAYS, Measure.STREAK)


def raw(feature: Feature, known: Evidence) -> float | None:
    return score(model(component(feature)), known, AS_OF).components[0].features[0].raw


def test_a_count_adds_up_what_the_facts_still_weigh_and_divides_by_seats() -> None:
    reads = feature(Measure.COUNT, "article.read", half_life_days=10, per_seat=True)
    known = evidence(
        tally("article.read"),
        tally("article.read", days_ago=10),
        tally("article.read", days_ago=20),
        tally("question.asked"),
        seats=7,
    )
    assert raw(reads, known) == 0.25


def test_people_count_once_by_their_latest_tally() -> None:
    readers = feature(
        Measure.DISTINCT_PEOPLE, "article.read", "question.asked", half_life_days=10, per_seat=True
    )
    known = evidence(
        tally("article.read", days_ago=30, person=1),
        tally("question.asked", days_ago=10, person=1),
        tally("article.read", person=0),
        tally("article.read"),
        seats=3,
    )
    assert raw(readers, known) == 0.5


def test_recency_is_the_age_of_the_last_fact_and_less_is_better() -> None:
    last = feature(Measure.RECENCY_DAYS, "product.*", curve=Saturating(14))
    known = evidence(tally("product.sent", days_ago=40), tally("product.printed", days_ago=7))
    result = score(model(component(last)), known, AS_OF)
    assert result.components[0].features[0].raw == 7
    assert result.points_e4 == round(exp(-7 / 14) * 1_000_000)


def test_a_share_of_facts_decays_on_both_sides() -> None:
    found = feature(Measure.SHARE, "article.read", of=("article.read", "request.opened"), half_life_days=10)
    known = evidence(tally("article.read"), tally("request.opened", days_ago=10))
    assert raw(found, known) == pytest.approx(2 / 3)


def test_a_share_of_steps_reads_the_checklist() -> None:
    known = evidence(required=8, completed=3, due=4)
    assert raw(feature(Measure.SHARE, "steps_completed", of=("steps_due",)), known) == 0.75
    assert raw(feature(Measure.SHARE, "steps_completed", of=("steps_required",)), known) == 0.375


def test_a_share_is_at_most_all() -> None:
    on_time = feature(Measure.SHARE, "steps_completed", of=("steps_due",))
    assert raw(on_time, evidence(required=8, completed=5, due=2)) == 1


def test_a_share_of_nothing_is_unknown() -> None:
    on_time = feature(Measure.SHARE, "steps_completed", of=("steps_due",))
    assert raw(on_time, evidence(required=8)) is None


@pytest.mark.parametrize(
    ("recent", "earlier", "expected"),
    [(4, 4, 0.5), (3, 0, 1), (0, 3, 0), (2, 1, 2 / 3), (1, 2, 1 / 3), (0, 0, None)],
)
def test_a_trend_is_the_share_of_two_windows_that_lies_in_the_last(
    recent: int, earlier: int, expected: float | None
) -> None:
    moving = feature(Measure.TREND, "article.read", window_days=28)
    known = evidence(
        tally("article.read", days_ago=27, signals=recent),
        tally("article.read", days_ago=28, signals=earlier),
        tally("article.read", days_ago=56, signals=9),
    )
    assert raw(moving, known) == expected


@pytest.mark.parametrize(
    ("days_ago", "weeks"),
    [
        ([0, 5, 12], 3),  # Friday, and the Sundays before it.
        ([5, 12, 26], 2),  # This week goes on; before the last two there was a silent one.
        ([4], 1),  # Monday.
        ([12], 0),
    ],
)
def test_a_streak_is_broken_by_a_silent_week_but_not_by_one_that_goes_on(
    days_ago: list[int], weeks: int
) -> None:
    kept_up = feature(Measure.STREAK, "article.read", "question.asked")
    known = evidence(*(tally("article.read", days_ago=days) for days in days_ago))
    assert raw(kept_up, known) == weeks


@pytest.mark.parametrize(("window_days", "weeks"), [(None, 52), (14, 2), (1, 1)])
def test_a_streak_is_no_longer_than_its_window(window_days: float | None, weeks: int) -> None:
    kept_up = feature(Measure.STREAK, "article.read", window_days=window_days)
    known = evidence(*(tally("article.read", days_ago=days) for days in range(700)))
    assert raw(kept_up, known) == weeks


def test_what_happened_twenty_half_lives_ago_is_forgotten() -> None:
    fading = feature(Measure.COUNT, "article.read", half_life_days=3)
    assert raw(fading, evidence(tally("article.read", days_ago=59))) == 0.5 ** (59 / 3)
    assert raw(fading, evidence(tally("article.read", days_ago=60))) == 0


@pytest.mark.parametrize(("days_ago", "counted"), [(-1, 0), (0, 1), (29, 1), (30, 0), (31, 0)])
def test_the_window_is_so_many_days_and_the_last_is_today(days_ago: int, counted: int) -> None:
    recent = feature(Measure.COUNT, "article.read", window_days=30)
    known = evidence(tally("article.read", days_ago=99), tally("article.read", days_ago=days_ago))
    assert raw(recent, known) == counted


@pytest.mark.parametrize("measure", [Measure.COUNT, Measure.DISTINCT_PEOPLE])
def test_an_account_that_went_silent_has_nothing_now_rather_than_no_evidence(measure: Measure) -> None:
    recent = feature(measure, "article.read", window_days=30)
    result = score(model(component(recent)), evidence(tally("article.read", days_ago=99, person=1)), AS_OF)
    assert (result.points_e4, result.band, result.coverage_e4) == (0, Band.AT_RISK, ONE_E4)


@pytest.mark.parametrize("measure", RISING)
def test_too_little_evidence_says_nothing(measure: Measure) -> None:
    needy = feature(measure, "article.read", min_evidence=2)
    first, second = tally("article.read", person=1), tally("article.read", person=1)
    assert raw(needy, evidence(first)) is None
    assert raw(needy, evidence(first, second)) is not None


def test_without_evidence_there_is_no_score() -> None:
    result = score(shipped("v1"), evidence(), AS_OF)
    assert (result.points_e4, result.band, result.coverage_e4) == (None, None, 0)
    assert {part.contribution_e4 for part in result.components} == {0}


def test_what_has_no_evidence_leaves_the_weight_to_the_others() -> None:
    reading = component(feature(Measure.COUNT, "article.read"), name="reading", weight=1)
    asking = component(feature(Measure.COUNT, "question.asked"), name="asking", weight=3)
    result = score(model(reading, asking), evidence(tally("article.read")), AS_OF)
    assert (result.points_e4, result.coverage_e4) == (1_000_000, 2_500)
    assert [part.value_e4 for part in result.components] == [ONE_E4, None]


@pytest.mark.parametrize(
    ("completed", "band"),
    [(39, Band.AT_RISK), (40, Band.WATCH), (69, Band.WATCH), (70, Band.HEALTHY), (100, Band.HEALTHY)],
)
def test_a_band_begins_at_its_first_point(completed: int, band: Band) -> None:
    done = feature(Measure.SHARE, "steps_completed", of=("steps_required",))
    result = score(model(component(done)), evidence(required=100, completed=completed), AS_OF)
    assert (result.points_e4, result.band) == (completed * ONE_E4, band)


def test_thirds_add_up_to_the_whole() -> None:
    sides = [component(feature(Measure.COUNT, "article.read"), name=name) for name in ("a", "b", "c")]
    result = score(model(*sides), evidence(tally("article.read")), AS_OF)
    assert [part.contribution_e4 for part in result.components] == [333_334, 333_333, 333_333]


def test_the_first_model_gives_the_same_number_every_time() -> None:
    kinds = [
        "user.signed_in",
        "feature.used",
        "product.sent",
        "article.read",
        "answer.posted",
        "request.opened",
    ]
    known = [tally(kinds[n % 6], days_ago=n * 17 // 10, person=n % 4) for n in range(60)]
    result = score(shipped("v1"), evidence(*known, seats=6, required=5, completed=3, due=4), AS_OF)
    assert (result.points_e4, result.band, result.coverage_e4) == (721_708, Band.HEALTHY, ONE_E4)


def plain_points(model: Model, known: Evidence, as_of: date) -> float | None:
    """Score from 0 to 100, by the definitions alone and in plain floating point."""
    total = weight = 0.0
    for part in model.components:
        pairs = [
            (item.weight, plain_value(item, known, as_of))
            for item in part.features
            if plain_value(item, known, as_of) is not None
        ]
        if pairs:
            mean = sum(w * (v or 0) for w, v in pairs) / sum(w for w, _ in pairs)
            total, weight = total + part.weight * mean, weight + part.weight
    return 100 * total / weight if weight else None


def plain_value(  # noqa: C901  # One measure after the other.
    item: Feature, known: Evidence, as_of: date
) -> float | None:
    def days(row: Tally) -> int:
        return (as_of - row.day).days

    def rows(kinds: tuple[str, ...]) -> list[Tally]:
        return [
            row
            for row in known.tallies
            if row.day <= as_of
            and (row.kind in kinds or ("product.*" in kinds and row.kind[:8] == "product."))
        ]

    def weigh(ages: list[int]) -> float:
        window, half_life = item.window_days or 1e9, item.half_life_days or 1e12
        return sum(float(0.5 ** (age / half_life)) for age in ages if age < window and age < 20 * half_life)

    def ages(rows: list[Tally]) -> list[int]:
        return [days(row) for row in rows for _ in range(row.signals)]

    window = item.window_days or 1e9
    mine = rows(item.kinds)
    seats = max(known.seats, 1) if item.per_seat else 1
    if item.measure is Measure.SHARE:
        reach = min(window, 20 * (item.half_life_days or 1e12))
        others = [age for age in ages(rows(item.of)) if age < reach]
        if len(others) < item.min_evidence or weigh(others) == 0:
            return None
        number = min(1, weigh(ages(mine)) / weigh(others))
    elif item.measure is Measure.TREND:
        mine = [row for row in mine if days(row) < 2 * window]
        number = len([age for age in ages(mine) if age < window]) / max(len(ages(mine)), 1)
    elif item.measure is Measure.STREAK:
        number = plain_streak({row.day for row in mine if days(row) < (item.window_days or 364)}, as_of)
        number = min(number, ceil((item.window_days or 364) / 7))
    elif item.measure is Measure.DISTINCT_PEOPLE:
        mine = [row for row in mine if row.person is not None]
        people = {row.person for row in mine}
        number = weigh([min(days(row) for row in mine if row.person == one) for one in people]) / seats
    elif item.measure is Measure.RECENCY_DAYS:
        number = min((days(row) for row in mine), default=0)
    else:
        number = weigh(ages(mine)) / seats
    if item.measure is not Measure.SHARE and len(ages(mine)) < item.min_evidence:
        return None
    curve = item.curve
    reached = (
        1 - exp(-number / curve.scale) if isinstance(curve, Saturating) else min(1, number / curve.target)
    )
    return 1 - reached if item.measure is Measure.RECENCY_DAYS else reached


def plain_streak(days: set[date], as_of: date) -> int:
    """Go back week by week; the one that goes on may be empty."""
    weeks = {day.isocalendar()[:2] for day in days}
    length, day = 0, as_of
    if day.isocalendar()[:2] not in weeks:
        day -= timedelta(days=7)
    while day.isocalendar()[:2] in weeks:
        length, day = length + 1, day - timedelta(days=7)
    return length


@given(models(*ALL), ledgers(youngest=-50))
def test_the_score_is_what_a_plain_recount_gives(model: Model, known: Evidence) -> None:
    points = score(model, known, AS_OF).points_e4
    expected = plain_points(model, known, AS_OF)
    assert (points is None) == (expected is None)
    if points is not None and expected is not None:
        assert points / ONE_E4 == pytest.approx(expected, abs=1e-3)


@given(models(*ALL), ledgers(youngest=-50))
def test_contributions_add_up_and_the_score_stays_in_bounds(model: Model, known: Evidence) -> None:
    result = score(model, known, AS_OF)
    assert sum(part.contribution_e4 for part in result.components) == (result.points_e4 or 0)
    for part in result.components:
        assert sum(item.contribution_e4 for item in part.features) == part.contribution_e4
        assert all(item.contribution_e4 >= 0 for item in part.features)
        assert all(0 <= item.value_e4 <= ONE_E4 for item in part.features if item.value_e4 is not None)
    assert 0 <= (result.points_e4 or 0) <= 1_000_000
    assert 0 <= result.coverage_e4 <= ONE_E4
    assert (result.points_e4 is None) == all(part.value_e4 is None for part in result.components)


@given(models(*ALL), ledgers(youngest=-50), st.randoms(use_true_random=False))
def test_order_and_pieces_of_the_tallies_change_nothing(
    model: Model, known: Evidence, random: Random
) -> None:
    pieces = [replace(row, signals=1) for row in known.tallies for _ in range(row.signals)]
    random.shuffle(pieces)
    assert score(model, replace(known, tallies=tuple(pieces)), AS_OF) == score(model, known, AS_OF)


@given(models(*ALL), ledgers(youngest=-200), st.integers(-200, 400))
def test_the_score_of_a_day_knows_nothing_of_what_came_later(
    model: Model, known: Evidence, days_ago: int
) -> None:
    day = AS_OF - timedelta(days=days_ago)
    so_far = tuple(row for row in known.tallies if row.day <= day)
    assert score(model, known, day) == score(model, replace(known, tallies=so_far), day)


@given(models(*ALL), ledgers())
def test_raw_values_are_those_of_the_score(model: Model, known: Evidence) -> None:
    told = {
        f"{part.name}.{item.name}": item.raw
        for part in score(model, known, AS_OF).components
        for item in part.features
    }
    assert raw_values(model, known, AS_OF) == told


@given(models(*ALL), ledgers())
def test_what_has_no_evidence_might_as_well_not_be_in_the_model(model: Model, known: Evidence) -> None:
    result = score(model, known, AS_OF)
    heard = [
        replace(
            side,
            features=tuple(f for f, s in zip(side.features, part.features, strict=True) if s.raw is not None),
        )
        for side, part in zip(model.components, result.components, strict=True)
        if part.value_e4 is not None
    ]
    assume(heard)
    alone = score(replace(model, components=tuple(heard)), known, AS_OF)
    assert (alone.points_e4, alone.band, alone.coverage_e4) == (result.points_e4, result.band, ONE_E4)


def has_all_evidence(result: Score) -> bool:
    return all(item.raw is not None for part in result.components for item in part.features)


@given(models(*RISING), ledgers(), st.sampled_from(KINDS), st.none() | st.integers(0, 9))
def test_one_more_fact_never_lowers_what_grows_with_facts(
    model: Model, known: Evidence, kind: str, person: int | None
) -> None:
    every_kind = tuple(tally(kind, days_ago=60, person=n) for n, kind in enumerate(KINDS * 3))
    known = replace(known, tallies=known.tallies + every_kind)
    before = score(model, known, AS_OF)
    assert has_all_evidence(before)
    new = tally(kind, person=person)
    after = score(model, replace(known, tallies=(*known.tallies, new)), AS_OF)
    assert (after.points_e4 or 0) >= (before.points_e4 or 0)


@given(models(*RISING), ledgers(), st.integers(0, 300))
def test_silence_never_raises_a_score(model: Model, known: Evidence, days: int) -> None:
    today = score(model, known, AS_OF)
    later = score(model, known, AS_OF + timedelta(days=days))
    assert (later.points_e4 or 0) <= (today.points_e4 or 0)
    assert later.coverage_e4 == today.coverage_e4


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 19))
def test_a_finished_step_never_lowers_a_score(required: int, due: int, completed: int) -> None:
    assume(completed < required >= due)
    before = score(shipped("v1"), evidence(required=required, completed=completed, due=due), AS_OF)
    after = score(shipped("v1"), evidence(required=required, completed=completed + 1, due=due), AS_OF)
    assert (after.points_e4 or 0) > (before.points_e4 or 0)


@given(st.lists(st.fractions(0, 50), min_size=1, max_size=8))
def test_rounded_parts_add_up_and_stay_within_one_of_the_truth(exact: list[Fraction]) -> None:
    parts = apportion(round(sum(exact)), exact)
    assert sum(parts) == round(sum(exact))
    for part, truth in zip(parts, exact, strict=True):
        assert abs(part - truth) < 1
        assert part == truth or truth.denominator > 1
