"""What pages show adds up, in tenths as in ten-thousandths."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.health.display import Row, explanation_rows, signal_kinds, tenths, total_delta
from portal.health.explained import Explanation
from portal.health.model import shipped
from portal.health.rules import Evidence, Score, Tally, score

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MODEL = shipped("v1")
KINDS = (
    "feature.used",
    "article.read",
    "request.opened",
    "question.asked",
    "answer.accepted",
    "goal.reached",
)
tallies = st.lists(
    st.builds(
        Tally,
        kind=st.sampled_from(KINDS),
        day=st.dates(date(2026, 1, 1), date(2026, 11, 19)),
        person=st.sampled_from(["user:1", "user:2", "user:3", "user:4", "user:5"]),
        signals=st.integers(1, 3),
    ),
    max_size=25,
)
scores = st.builds(
    lambda known, done: score(
        MODEL,
        Evidence(seats=4, tallies=tuple(known), steps_required=7, steps_due=5, steps_completed=done),
        NOW.date(),
    ),
    tallies,
    st.integers(0, 7),
)


def explain(after: Score, before: Score | None) -> Explanation:
    return Explanation(
        model=MODEL,
        day=NOW.date(),
        as_of=NOW,
        since=NOW.date() - timedelta(days=28),
        score=after,
        before=before,
        model_then=None,
        steps=(),
        seats=1,
        seats_before=None,
    )


def check(rows: tuple[Row, ...], *, whole: int, delta: int | None) -> None:
    assert sum(row.tenths for row in rows) == whole
    if delta is not None:
        assert sum(row.delta or 0 for row in rows) == delta
    for row in rows:
        assert abs(row.tenths - row.points_e4 / 1000) < 1
        if row.parts:
            check(row.parts, whole=row.tenths, delta=row.delta)


@given(scores, scores)
def test_every_column_adds_up_to_its_total(after: Score, before: Score) -> None:
    explanation = explain(after, before)
    assert explanation.change

    rows = explanation_rows(explanation)

    delta = total_delta(explanation.change)
    assert delta == tenths(after.points_e4 or 0) - tenths(before.points_e4 or 0)
    check(rows, whole=tenths(after.points_e4 or 0), delta=delta)
    assert [row.thing for row in rows] == list(MODEL.components)


@given(scores)
def test_without_an_earlier_score_there_is_no_change(after: Score) -> None:
    rows = explanation_rows(explain(after, None))

    check(rows, whole=tenths(after.points_e4 or 0), delta=None)
    assert all(row.delta is None and part.delta is None for row in rows for part in row.parts)


@given(scores)
def test_the_shown_score_lies_in_its_band(after: Score) -> None:
    if after.points_e4 is not None:
        assert MODEL.band(tenths(after.points_e4) / 10) == after.band


def test_a_feature_rests_on_kinds_but_not_on_steps() -> None:
    features = {feature.name: feature for component in MODEL.components for feature in component.features}

    assert signal_kinds(features["steps_on_time"]) == []
    assert signal_kinds(features["questions_solved"]) == ["answer.accepted", "question.asked"]
    assert signal_kinds(features["answers_found"]) == [
        "article.read",
        "topic.read",
        "suggestion.resolved",
        "request.opened",
    ]
