"""When a goal is reached, and how far it is: compared with what the words say, day by day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.statistics import wilson_interval
from portal.onboarding.goals import rules
from portal.onboarding.goals.models import Direction, Goal, GoalValue
from portal.onboarding.goals.rules import GoalState
from portal.onboarding.models import Checklist
from portal.onboarding.rules import Fact

START = date(2026, 11, 2)
KIND = "question.asked"
SPAN = 12
"""How many days pass at most."""

numbers = st.floats(-1e6, 1e6)
days = st.integers(0, SPAN)


def on(number: int) -> date:
    return START + timedelta(days=number)


def day_end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta.resolution


def make_goal(**values: object) -> Goal:
    fields: dict[str, object] = {
        "direction": Direction.AT_LEAST,
        "target": 3.0,
        "baseline": None,
        "due_on": on(10),
        "kind": None,
        "counts_people": False,
        "conditions": {},
        "last_days": None,
        "checklist": Checklist(started_on=START),
    }
    return Goal(**(fields | values))


@given(st.sampled_from(Direction), numbers, st.lists(st.tuples(days, numbers), max_size=9))
def test_the_latest_day_holds_and_the_first_good_one_reaches(
    direction: Direction, target: float, told: list[tuple[int, float]]
) -> None:
    goal = make_goal(direction=direction, target=target)
    entered = [
        GoalValue(id=number, day=on(day), value=value, entered_at=day_end(on(SPAN)))
        for number, (day, value) in enumerate(told)
    ]

    reading = rules.read_entered(goal, reversed(entered), day_end=day_end)

    last = max(entered, key=lambda each: (each.day, each.id), default=None)
    assert reading.value == (last.value if last else None)
    at_least = direction is Direction.AT_LEAST
    held = {each.day: each.value for each in sorted(entered, key=lambda each: each.id)}
    good = [day for day, value in held.items() if (value >= target if at_least else value <= target)]
    assert reading.reached_at == (day_end(min(good)) if good else None)


def test_a_value_of_today_reaches_the_goal_when_it_is_entered() -> None:
    now = datetime(2026, 11, 5, 9, tzinfo=UTC)
    value = GoalValue(id=1, day=now.date(), value=3.0, entered_at=now)

    assert rules.read_entered(make_goal(), [value], day_end=day_end).reached_at == now


told_facts = st.lists(st.tuples(days, st.sampled_from([None, "user:1", "user:2", "user:3"])), max_size=25)
Facts = Sequence[tuple[date, Fact]]


def facts_of(told: list[tuple[int, str | None]]) -> Facts:
    """Make facts of days, each a second later than the one before of the same day."""
    return [
        (
            on(day),
            Fact(
                id=number,
                kind=KIND,
                occurred_at=datetime.combine(on(day), time(3), UTC) + timedelta(seconds=number),
                person=person,
            ),
        )
        for number, (day, person) in enumerate(told)
    ]


def value_of(goal: Goal, facts: Facts, day: date) -> int:
    """Count by hand what a goal's value was on a day, given the facts until then."""
    since = max(START, day - timedelta(days=goal.last_days - 1)) if goal.last_days else START
    counting = [fact for fact_day, fact in facts if since <= fact_day <= day]
    people = {fact.person for fact in counting if fact.person}
    return len(people) if goal.counts_people else len(counting)


counts = {
    "target": st.integers(1, 5).map(float),
    "counts_people": st.booleans(),
    "last_days": st.sampled_from([None, 1, 3, 5]),
    "due_on": days.map(on),
}


@given(st.fixed_dictionaries(counts), told_facts, st.randoms())
def test_at_least_is_reached_with_the_fact_that_completes_it(
    wishes: dict[str, object], told: list[tuple[int, str | None]], chance: Random
) -> None:
    goal, facts = make_goal(kind=KIND, **wishes), facts_of(told)
    in_order = sorted(facts, key=lambda each: each[1].occurred_at)
    moments = [
        fact.occurred_at
        for number, (day, fact) in enumerate(in_order, start=1)
        if value_of(goal, in_order[:number], day) >= goal.target
    ]

    shuffled = chance.sample(facts, len(facts))
    reading = rules.read_counted(goal, shuffled, today=on(SPAN), day_end=day_end)

    assert reading.reached_at == min(moments, default=None)
    assert reading.value == value_of(goal, facts, on(SPAN))


@given(st.fixed_dictionaries(counts), told_facts, days)
def test_at_most_is_known_when_all_days_that_count_are_over(
    wishes: dict[str, object], told: list[tuple[int, str | None]], now: int
) -> None:
    goal = make_goal(kind=KIND, direction=Direction.AT_MOST, **wishes)
    facts = [each for each in facts_of(told) if each[0] <= on(now)]
    first = START + timedelta(days=goal.last_days - 1) if goal.last_days else goal.due_on
    over = [on(day) for day in range(now) if on(day) >= first]
    low = [day for day in (over if goal.last_days else over[:1]) if value_of(goal, facts, day) <= goal.target]

    reading = rules.read_counted(goal, facts, today=on(now), day_end=day_end)

    assert reading.reached_at == (day_end(min(low)) if low else None)
    assert reading.value == value_of(goal, facts, on(now) if goal.last_days else min(on(now), goal.due_on))


def test_conditions_and_what_was_before_the_start_are_heeded() -> None:
    at = datetime(2026, 11, 5, tzinfo=UTC)
    goal = make_goal(kind=KIND, target=1.0, conditions={"subject": ["topic:1"]})
    facts = [
        (on(3), Fact(id=1, kind=KIND, occurred_at=at, subject="topic:2")),
        (on(-1), Fact(id=2, kind=KIND, occurred_at=at, subject="topic:1")),
        (on(3), Fact(id=3, kind="answer.posted", occurred_at=at, subject="topic:1")),
    ]

    reading = rules.read_counted(goal, facts, today=on(9), day_end=day_end)

    assert (reading.value, reading.reached_at) == (0, None)


@pytest.mark.parametrize(
    ("today", "reached", "state"),
    [
        (2, False, GoalState.ON_TIME),
        (3, False, GoalState.DUE_SOON),
        (10, False, GoalState.DUE_SOON),
        (11, False, GoalState.MISSED),
        (11, True, GoalState.REACHED),
        (2, True, GoalState.REACHED),
    ],
)
def test_how_a_goal_stands(*, today: int, reached: bool, state: GoalState) -> None:
    goal = make_goal(reached_at=day_end(on(1)) if reached else None)

    assert rules.state_of(goal, today=on(today)) is state


@given(st.sampled_from(Direction), numbers, st.none() | numbers, st.none() | numbers)
def test_the_way_is_from_nothing_to_all_of_it_when_it_is_reached(
    direction: Direction, target: float, baseline: float | None, value: float | None
) -> None:
    goal = make_goal(direction=direction, target=target, baseline=baseline, value=value)
    if rules.is_met_at_start(goal):
        return
    share = rules.share_of_way(goal)

    if value is None or (baseline is None and (direction is Direction.AT_MOST or target <= 0)):
        assert share is None
    else:
        assert share is not None
        assert 0 <= share <= 1
        if goal.is_met_by(value):
            assert share == 1
        if value == baseline:
            assert share == 0


def test_what_may_only_grow_towards_its_limit_has_no_way_to_show() -> None:
    limit = {"direction": Direction.AT_MOST, "target": 4.0, "baseline": 9.0, "value": 0.0}

    assert rules.share_of_way(make_goal(kind=KIND, **limit)) is None
    assert rules.share_of_way(make_goal(kind=KIND, last_days=7, **limit)) == 1
    assert rules.share_of_way(make_goal(**limit)) == 1


reached = st.none() | days.map(on)


@given(st.lists(st.tuples(days.map(on), reached), max_size=40), days.map(on))
def test_attainment_is_a_plain_count_with_its_interval(
    goals: list[tuple[date, date | None]], today: date
) -> None:
    rate = rules.attainment(goals, today=today)

    due = [(by, at) for by, at in goals if by < today]
    assert rate.denominator == len(due)
    assert rate.numerator == len([by for by, at in due if at is not None and at <= by])
    assert rate.too_few == (len(due) < 20)
    assert rate.interval == wilson_interval(rate.numerator, rate.denominator)
