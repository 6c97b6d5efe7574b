"""What is said of an account first."""

from datetime import date, timedelta

from portal.health.explanation import change
from portal.health.model import shipped
from portal.health.reasons import Reason, ReasonKind, reason_for
from portal.health.rules import Evidence, Score, Tally, score

TODAY = date(2026, 11, 20)
MODEL = shipped("v1")
PRODUCT_USE = MODEL.components[3]


def scored(*days_ago: int, seats: int = 2, steps: int = 0) -> Score:
    """Score an account of two people who used the product on some days, with no or all steps done."""
    tallies = tuple(
        Tally(kind="feature.used", day=TODAY - timedelta(days=days), person=f"user:{number % 2}", signals=1)
        for number, days in enumerate(days_ago)
    )
    evidence = Evidence(
        seats=seats, tallies=tallies, steps_required=steps, steps_due=steps, steps_completed=steps
    )
    return score(MODEL, evidence, TODAY)


def test_nothing_is_said_of_an_account_that_is_unknown() -> None:
    assert reason_for(MODEL, None, None) == Reason(kind=ReasonKind.UNKNOWN)
    assert reason_for(MODEL, scored(), None) == Reason(kind=ReasonKind.UNKNOWN)


def test_a_fall_comes_first_and_names_the_component_that_fell_most() -> None:
    before, after = scored(*[0] * 40), scored(20, 21)

    reason = reason_for(MODEL, after, change(before, after))

    assert (reason.kind, reason.about) == (ReasonKind.FELL, PRODUCT_USE)
    assert before.points_e4 is not None
    assert after.points_e4 is not None
    assert reason.points_e4 == before.points_e4 - after.points_e4


def test_else_the_feature_that_costs_most_is_named() -> None:
    score_now = scored(0, seats=100)

    reason = reason_for(MODEL, score_now, None)

    assert (reason.kind, reason.about) == (ReasonKind.MISSING, PRODUCT_USE.features[0])
    assert (
        45 < reason.points_e4 / 10_000 < 50
    )  # Half of the component's weight, and nearly all of it missing.


def test_features_without_evidence_are_not_held_against_an_account() -> None:
    reason = reason_for(MODEL, scored(*[0] * 200, steps=3), None)

    assert reason == Reason(kind=ReasonKind.NOTHING)


def test_a_small_fall_is_not_worth_telling() -> None:
    before, after = scored(*[0] * 200), scored(*[1] * 200)

    assert reason_for(MODEL, after, change(before, after)).kind is ReasonKind.NOTHING
