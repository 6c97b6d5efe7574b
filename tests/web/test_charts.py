import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Series,
    Stairs,
    line_chart,
    nice_ticks,
    share_chart,
    sparkline,
    stacked_bar,
    stairs_chart,
)

FIRST_DAY = date(2026, 6, 1)
figures = st.floats(min_value=-1e6, max_value=1e6)


def days(count: int) -> list[date]:
    return [FIRST_DAY + timedelta(days=index) for index in range(count)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, (0, 25, 50, 75, 100)),
        (0, 9, (0, 2.5, 5, 7.5, 10)),
        (0, 0.3, (0, 0.1, 0.2, 0.3)),
        (-3, 4, (-4, -2, 0, 2, 4)),
        (0, 0, (0, 0.25, 0.5, 0.75, 1)),
        (40, 40, (40, 50, 60, 70, 80)),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert nice_ticks(low, high) == expected


@given(figures, st.floats(min_value=0.001, max_value=1e6))
def test_ticks_cover_the_figures_in_few_steps(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)

    slack = 1e-9 * (abs(low) + span)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack
    assert 2 <= len(ticks) <= 7


def test_a_line_runs_from_edge_to_edge() -> None:
    chart = line_chart(days(3), [Series(name="Score", values=[0, 50, 100])], title="Up", unit="points")

    assert chart.lines[0].path == f"M{LEFT:g} {BOTTOM:g}L52 47L{RIGHT:g} {TOP:g}h0"
    assert chart.lines[0].end is not None
    assert (chart.lines[0].end.x, chart.lines[0].end.y) == (RIGHT, TOP)


def test_a_day_without_a_value_breaks_the_line() -> None:
    chart = line_chart(days(4), [Series(name="Score", values=[10, None, 20, 30])], title="Gap", unit="points")

    assert chart.lines[0].path.count("M") == 2
    assert chart.rows[1] == (FIRST_DAY + timedelta(days=1), (None,))


def test_days_stand_where_they_fall_in_time() -> None:
    uneven = [FIRST_DAY, FIRST_DAY + timedelta(days=1), FIRST_DAY + timedelta(days=10)]

    chart = line_chart(uneven, [Series(name="Score", values=[1, 1, 1])], title="Flat", unit="points")

    assert [tick.at for tick in chart.x_ticks] == [LEFT, 15.2, RIGHT]


@pytest.mark.parametrize("count", [1, 2, 5, 6, 29, 182, 400, 3000])
def test_at_most_five_days_are_named(count: int) -> None:
    chart = line_chart(days(count), [Series(name="Score", values=[1] * count)], title="Many", unit="points")

    assert 1 <= len(chart.x_ticks) <= 5
    assert chart.x_ticks[0].value == FIRST_DAY


def test_a_chart_of_nothing_can_be_drawn() -> None:
    chart = line_chart([], [], title="Nothing", unit="points")

    assert (chart.x_ticks, chart.lines, chart.rows) == ((), (), ())


def test_a_threshold_outside_the_axis_is_left_out() -> None:
    chart = line_chart(
        days(2),
        [Series(name="Score", values=[1, 2])],
        title="Low",
        unit="points",
        high=50,
        thresholds=[("At risk", 40), ("Healthy", 70)],
    )

    assert [threshold.label for threshold in chart.thresholds] == ["At risk"]


def test_series_of_another_length_than_the_days_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        line_chart(days(2), [Series(name="Score", values=[1])], title="Short", unit="points")


@given(st.lists(st.none() | figures, max_size=60))
def test_lines_stay_inside_the_drawing(values: list[float | None]) -> None:
    chart = line_chart(days(len(values)), [Series(name="Any", values=values)], title="Any", unit="points")

    for line in (chart.lines[0], sparkline(values)):
        numbers = [float(text) for text in re.sub("h0|[ML]", " ", line.path).split()]
        assert all(0 <= number <= 100 for number in numbers)
        assert len(numbers) == 2 * sum(value is not None for value in values)


def test_a_flat_trend_runs_through_the_middle() -> None:
    assert sparkline([3, 3, 3]).path == "M2 50L49 50L96 50h0"


def test_parts_of_a_bar_touch_and_keep_their_share() -> None:
    bar = stacked_bar([("Onboarding", 24.0), ("Self-service", 18.5)])

    assert [(part.at, part.width) for part in bar] == [(0, 24), (24, 18.5)]


@given(st.lists(st.floats(min_value=0, max_value=25), max_size=4))
def test_a_bar_never_grows_past_its_total(values: list[float]) -> None:
    bar = stacked_bar([(str(index), value) for index, value in enumerate(values)])

    assert all(part.at + part.width <= 100.02 for part in bar)


def test_stairs_fall_where_something_happens_and_end_where_nobody_is_left() -> None:
    half = Stairs(name="High", steps=[(10, 75.0), (20, 50.0)], until=40)
    none = Stairs(name="Low", steps=[], until=15)

    chart = stairs_chart([half, none], title="Waiting", unit="%")

    assert [tick.value for tick in chart.x_ticks] == [0, 10, 20, 30, 40]
    middle = (LEFT + RIGHT) / 2
    assert chart.lines[0].path == (
        f"M{LEFT:g} {TOP:g}H{LEFT + (RIGHT - LEFT) / 4:g}V{TOP + (BOTTOM - TOP) / 4:g}"
        f"H{middle:g}V{(TOP + BOTTOM) / 2:g}H{RIGHT:g}"
    )
    assert chart.lines[1].end is not None
    assert chart.lines[1].end.y == TOP
    assert chart.rows == ((0, (100, 100)), (10, (75, 100)), (20, (50, None)))


def test_stairs_of_nobody_can_be_drawn() -> None:
    assert stairs_chart([], title="", unit="").rows == ((0, ()),)


def test_shares_lie_beside_the_line_where_they_are_as_foretold() -> None:
    chart = share_chart([(0.1, 0.1), (0.3, 0.5)], names=("Lost", "As foretold"), title="It", unit="per cent")
    seen, foretold = chart.lines

    assert [line.name for line in chart.lines] == ["Lost", "As foretold"]
    assert chart.rows == ((10.0, (10.0, 10.0)), (30.0, (50.0, 30.0)))
    assert seen.end is not None
    assert foretold.end is not None
    assert foretold.end.y == chart.y_ticks[-1].at < seen.end.y
    assert seen.end.x < foretold.end.x
