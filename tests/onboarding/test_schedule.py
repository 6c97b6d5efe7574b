from calendar import SATURDAY
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from portal.onboarding.schedule import Shift, cycle_in, due_days, shifts
from portal.onboarding.working_days import working_day

START = date(2026, 11, 30)
DAYS = st.dates(START, START + timedelta(days=400))


@dataclass
class Step:
    """A step, as far as its date goes."""

    key: str
    due_after_days: int = 0
    counted_from: str | None = None
    needs: list[str] = field(default_factory=list)


def add(day: date, after: int) -> date:
    return working_day(day, after=after, country="JP")


@st.composite
def plans(draw: st.DrawFn) -> list[Step]:
    """Steps that refer to earlier ones, or to what is not there, in any order."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 8))):
        known = [*(step.key for step in steps), "gone"]
        step = Step(
            f"s{number}",
            draw(st.integers(0, 40)),
            draw(st.sampled_from([None, *known])),
            draw(st.lists(st.sampled_from(known), max_size=3, unique=True)),
        )
        steps.append(step)
    return list(draw(st.permutations(steps)))


@st.composite
def tangles(draw: st.DrawFn) -> list[Step]:
    """Steps that refer to any, so that circles are likely."""
    keys = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    others = st.sampled_from(keys)
    return [
        Step(key, 0, draw(st.none() | others), draw(st.lists(others, max_size=2, unique=True)))
        for key in keys
    ]


def days_of(
    steps: Sequence[Step], chosen: dict[str, date], done: dict[str, date] | None = None
) -> dict[str, date]:
    return due_days(steps, start=START, chosen=chosen, add=add, done=done or {})


def choices(steps: Sequence[Step]) -> st.SearchStrategy[dict[str, date]]:
    return st.dictionaries(st.sampled_from([step.key for step in steps]), DAYS)


@given(st.data())
def test_every_step_has_a_day_and_none_before_what_it_needs(data: st.DataObject) -> None:
    steps = data.draw(plans())
    days = days_of(steps, data.draw(choices(steps)))

    assert days.keys() == {step.key for step in steps}
    assert all(days[step.key] >= days[needed] for step in steps for needed in step.needs if needed in days)


@given(st.data())
def test_days_do_not_depend_on_the_order_of_the_steps(data: st.DataObject) -> None:
    steps = data.draw(plans())
    chosen = data.draw(choices(steps))

    assert days_of(steps, chosen) == days_of(data.draw(st.permutations(steps)), chosen)


@given(st.data())
def test_a_later_choice_makes_nothing_earlier(data: st.DataObject) -> None:
    steps = data.draw(plans())
    key = data.draw(st.sampled_from(steps)).key
    chosen = data.draw(choices(steps)) | {key: data.draw(DAYS)}
    later = chosen | {key: chosen[key] + timedelta(days=data.draw(st.integers(0, 90)))}

    before, after = days_of(steps, chosen), days_of(steps, later)

    assert all(after[each] >= before[each] for each in before)


@given(st.data())
def test_what_is_done_keeps_its_day_and_holds_back_what_nobody_chose(data: st.DataObject) -> None:
    steps = data.draw(plans())
    done, chosen = data.draw(choices(steps)), data.draw(choices(steps))

    days = days_of(steps, chosen, done)

    assert days | done == days
    for step in steps:
        needed = [days[key] for key in step.needs if key in days and not (step.key in chosen and key in done)]
        assert step.key in done or all(days[step.key] >= day for day in needed)


def test_a_chosen_day_need_not_wait_for_the_day_of_what_is_done() -> None:
    steps = [Step("s1", 10), Step("s2", 12, needs=["s1"])]
    early, planned = START + timedelta(days=2), START + timedelta(days=14)

    assert days_of(steps, {"s2": early}, {"s1": planned})["s2"] == early
    assert days_of(steps, {"s2": early})["s2"] == days_of(steps, {})["s1"]


@given(tangles())
def test_a_circle_is_named_if_and_only_if_there_is_one(steps: list[Step]) -> None:
    awaits = {step.key: {*step.needs, step.counted_from} for step in steps}
    left = set(awaits)
    while free := {key for key in left if not awaits[key] & left}:
        left -= free

    circle = cycle_in(steps)

    assert (circle is not None) is bool(left)
    if circle:
        assert all(after in awaits[key] for key, after in zip(circle, [*circle[1:], circle[0]], strict=True))


def test_shifts_are_what_moves_in_the_order_of_the_path() -> None:
    first, second = START, START + timedelta(days=1)

    moved = shifts({"a": first, "b": first, "c": first}, {"c": second, "b": first, "a": second, "new": first})

    assert moved == [Shift("c", first, second), Shift("a", first, second)]


COUNTRIES = ("JP", "US", "DE", "ZZ")


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(0, 60), st.sampled_from(COUNTRIES))
def test_working_days_are_no_weekends_and_no_holidays(day: date, after: int, country: str) -> None:
    found = working_day(day, after=after, country=country)

    off = {} if country == "ZZ" else country_holidays(country, years=range(day.year, found.year + 1))
    passed = [day + timedelta(days=number) for number in range(1, (found - day).days + 1)]
    worked = [each for each in passed if each.weekday() < SATURDAY and each not in off]
    assert found.weekday() < SATURDAY
    assert found not in off
    assert len(worked) == after or (after == 0 and worked in ([], [found]))


@pytest.mark.parametrize(
    ("day", "after", "country", "found"),
    [
        (date(2028, 2, 28), 1, "DE", date(2028, 2, 29)),
        (date(2028, 2, 29), 0, "US", date(2028, 2, 29)),
        (date(2028, 2, 29), 1, "US", date(2028, 3, 1)),
        (date(2026, 2, 27), 1, "US", date(2026, 3, 2)),
        (date(2026, 12, 31), 1, "JP", date(2027, 1, 4)),
        (date(2026, 12, 31), 1, "DE", date(2027, 1, 4)),
        (date(2025, 12, 31), 1, "US", date(2026, 1, 2)),
        (date(2025, 12, 31), 1, "ZZ", date(2026, 1, 1)),
        (date(2026, 5, 2), 0, "JP", date(2026, 5, 7)),
    ],
)
def test_leap_days_and_the_ends_of_years(day: date, after: int, country: str, found: date) -> None:
    assert working_day(day, after=after, country=country) == found
