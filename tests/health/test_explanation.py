"""Explanations: changes add up, and the next step is the best of all one could take."""

from dataclasses import replace

import pytest
from hypothesis import given

from portal.health.explanation import Change, change, facts_behind, next_step
from portal.health.model import Linear, Measure, Model, shipped
from portal.health.rules import Evidence, score
from tests.health.evidence import AS_OF, component, evidence, fact, feature, ledgers, model, models

ALL = tuple(Measure)


def test_a_change_names_what_moved() -> None:
    reading = component(feature(Measure.COUNT, "article.read", name="reads", curve=Linear(2)), name="reading")
    asking = component(feature(Measure.COUNT, "question.asked", name="questions"), name="asking")
    both = model(reading, asking)
    before = score(both, evidence(fact("article.read")), AS_OF)
    after = score(both, evidence(fact("article.read"), fact("question.asked", number=2)), AS_OF)
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


def test_the_next_step_may_be_a_checklist_step() -> None:
    known = evidence(fact("feature.used", person=1), required=4, completed=1, due=3)
    best = next_step(shipped("v1"), known, AS_OF)
    assert best
    assert (best.component.name, best.feature.kinds) == ("onboarding", ("steps_completed",))
    done = replace(known, steps_completed=2)
    gain = (score(shipped("v1"), done, AS_OF).points_e4 or 0) - (
        score(shipped("v1"), known, AS_OF).points_e4 or 0
    )
    assert best.gain_e4 == gain > 0


def people(seats: int, *days_ago: float) -> tuple[Model, Evidence]:
    active = feature(
        Measure.DISTINCT_PEOPLE, "user.signed_in", half_life_days=10, per_seat=True, name="active"
    )
    facts = [fact("user.signed_in", number=n, days_ago=d, person=n) for n, d in enumerate(days_ago, 1)]
    return model(component(active)), evidence(*facts, seats=seats)


def test_the_next_person_is_a_new_one_while_there_are_seats() -> None:
    best = next_step(*people(4, 0, 10), AS_OF)
    assert best
    assert best.gain_e4 == 250_000


def test_the_next_person_is_the_one_away_longest_when_all_seats_are_taken() -> None:
    best = next_step(*people(2, 0, 10), AS_OF)
    assert best
    assert best.gain_e4 == 250_000


def test_there_is_no_next_step_at_the_top() -> None:
    assert next_step(*people(2, 0, 0), AS_OF) is None


@given(models(*ALL), ledgers())
def test_the_next_step_never_promises_more_than_there_is_to_gain(model: Model, known: Evidence) -> None:
    best = next_step(model, known, AS_OF)
    today = score(model, known, AS_OF).points_e4 or 0
    assert best is None or 0 < best.gain_e4 <= 1_000_000 - today


@pytest.mark.parametrize(
    ("measure", "expected"),
    [(Measure.COUNT, [3, 2, 1]), (Measure.RECENCY_DAYS, [1])],
)
def test_the_facts_behind_a_feature_are_those_it_counts(measure: Measure, expected: list[int]) -> None:
    window = None if measure is Measure.RECENCY_DAYS else 30
    item = feature(measure, "article.read", window_days=window)
    known = evidence(
        fact("article.read", number=1, days_ago=1),
        fact("article.read", number=2, days_ago=5),
        fact("article.read", number=3, days_ago=9),
        fact("article.read", number=4, days_ago=30),
        fact("article.read", number=5, days_ago=-1),
        fact("question.asked", number=6, days_ago=2),
    )
    assert [row.id for row in facts_behind(item, known, AS_OF)] == expected


def test_the_facts_behind_a_share_are_those_of_both_sides() -> None:
    found = feature(Measure.SHARE, "article.read", of=("article.read", "request.opened"))
    known = evidence(fact("article.read", number=1), fact("request.opened", number=2, days_ago=1))
    assert [row.id for row in facts_behind(found, known, AS_OF)] == [2, 1]
