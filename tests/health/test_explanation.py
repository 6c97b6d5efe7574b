"""Explanations: changes add up, and the next step is the best of all one could take."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from portal.health.explanation import Change, NextStep, change, first_day, next_steps, tallies_behind
from portal.health.model import Linear, Measure, Model, shipped
from portal.health.rules import Evidence, score
from tests.health.evidence import AS_OF, component, evidence, feature, ledgers, model, models, tally

ALL = tuple(Measure)


def test_a_change_names_what_moved() -> None:
    reading = component(feature(Measure.COUNT, "article.read", name="reads", curve=Linear(2)), name="reading")
    asking = component(feature(Measure.COUNT, "question.asked", name="questions"), name="asking")
    both = model(reading, asking)
    before = score(both, evidence(tally("article.read")), AS_OF)
    after = score(both, evidence(tally("article.read"), tally("question.asked")), AS_OF)
    assert change(before, after) == Change(
        name="score",
        before_e4=500_000,
        after_e4=750_000,
        parts=(
            Change(
                name="reading",
                before_e4=500_000,
                after_e4=250_000,
                parts=(Change(name="reads", before_e4=500_000, after_e4=250_000),),
            ),
            Change(
                name="asking",
                before_e4=0,
                after_e4=500_000,
                parts=(Change(name="questions", before_e4=0, after_e4=500_000),),
            ),
        ),
    )


def deltas_add_up(whole: Change) -> bool:
    return not whole.parts or (
        sum(part.delta_e4 for part in whole.parts) == whole.delta_e4 and all(map(deltas_add_up, whole.parts))
    )


@given(models(*ALL), models(*ALL), ledgers(), ledgers())
def test_changes_add_up_even_between_different_models(
    old: Model, new: Model, before: Evidence, after: Evidence
) -> None:
    whole = change(score(old, before, AS_OF), score(new, after, AS_OF))
    assert whole.delta_e4 == whole.after_e4 - whole.before_e4
    assert deltas_add_up(whole)


@given(models(*ALL), ledgers())
def test_nothing_changes_between_a_score_and_itself(model: Model, known: Evidence) -> None:
    same = score(model, known, AS_OF)
    assert change(same, same).delta_e4 == 0
    assert all(part.delta_e4 == 0 for part in change(same, same).parts)


def best_step(model: Model, known: Evidence, day: date) -> NextStep | None:
    return next(iter(next_steps(model, known, day)), None)


def test_the_next_step_may_be_a_checklist_step() -> None:
    known = evidence(tally("feature.used", person=1), required=4, completed=1, due=3)
    best = best_step(shipped("v1"), known, AS_OF)
    assert best
    assert (best.component.name, best.feature.kinds) == ("onboarding", ("steps_completed",))
    done = replace(known, steps_completed=2)
    gain = (score(shipped("v1"), done, AS_OF).points_e4 or 0) - (
        score(shipped("v1"), known, AS_OF).points_e4 or 0
    )
    assert best.gain_e4 == gain > 0


def people(seats: int, *days_ago: int) -> tuple[Model, Evidence]:
    active = feature(
        Measure.DISTINCT_PEOPLE, "user.signed_in", half_life_days=10, per_seat=True, name="active"
    )
    known = [tally("user.signed_in", days_ago=d, person=n) for n, d in enumerate(days_ago, 1)]
    return model(component(active)), evidence(*known, seats=seats)


def test_the_next_person_is_a_new_one_while_there_are_seats() -> None:
    best = best_step(*people(4, 0, 10), AS_OF)
    assert best
    assert best.gain_e4 == 250_000


def test_the_next_person_is_the_one_away_longest_when_all_seats_are_taken() -> None:
    best = best_step(*people(2, 0, 10), AS_OF)
    assert best
    assert best.gain_e4 == 250_000


def test_there_is_no_next_step_at_the_top() -> None:
    assert next_steps(*people(2, 0, 0), AS_OF) == ()


@given(models(*ALL), ledgers())
def test_the_next_step_never_promises_more_than_there_is_to_gain(model: Model, known: Evidence) -> None:
    best = best_step(model, known, AS_OF)
    today = score(model, known, AS_OF).points_e4 or 0
    assert best is None or 0 < best.gain_e4 <= 1_000_000 - today


@pytest.mark.parametrize(
    ("measure", "expected"),
    [(Measure.COUNT, [9, 5, 1]), (Measure.RECENCY_DAYS, [1])],
)
def test_the_tallies_behind_a_feature_are_those_it_counts(measure: Measure, expected: list[int]) -> None:
    window = None if measure is Measure.RECENCY_DAYS else 30
    item = feature(measure, "article.read", window_days=window)
    days = (1, 5, 9, 30, -1)
    known = evidence(*(tally("article.read", days_ago=d) for d in days), tally("question.asked", days_ago=2))
    assert [(AS_OF - row.day).days for row in tallies_behind(item, known, AS_OF)] == expected


def test_the_tallies_behind_a_share_are_those_of_both_sides() -> None:
    found = feature(Measure.SHARE, "article.read", of=("article.read", "request.opened"))
    known = evidence(tally("article.read"), tally("request.opened", days_ago=1))
    assert [row.kind for row in tallies_behind(found, known, AS_OF)] == ["request.opened", "article.read"]


@pytest.mark.parametrize(
    ("settings", "days"),
    [({"window_days": 30}, 29), ({"half_life_days": 3}, 59), ({"window_days": 9, "half_life_days": 3}, 8)],
)
def test_the_first_day_that_counts_is_the_oldest_that_weighs_anything(
    settings: dict[str, Any], days: int
) -> None:
    item = feature(Measure.COUNT, "article.read", **settings)
    first = first_day(item, AS_OF)
    assert first == AS_OF - timedelta(days=days)
    weights = [
        score(model(component(item)), evidence(tally("article.read", days_ago=age)), AS_OF)
        .components[0]
        .features[0]
        .raw
        for age in (days, days + 1)
    ]
    assert weights[0]
    assert weights[1] == 0


def test_what_looks_back_beyond_the_calendar_has_no_first_day() -> None:
    reach = AS_OF.toordinal()
    assert first_day(feature(Measure.COUNT, "goal.reached", window_days=reach), AS_OF) == date.min
    assert first_day(feature(Measure.COUNT, "goal.reached", window_days=reach + 1), AS_OF) is None
    assert first_day(feature(Measure.COUNT, "goal.reached", half_life_days=1_000_000), AS_OF) is None


def test_what_never_forgets_has_no_first_day() -> None:
    assert first_day(feature(Measure.COUNT, "goal.reached"), AS_OF) is None
