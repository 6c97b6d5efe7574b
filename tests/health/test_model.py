"""Scoring models: the shipped one is sound and reasoned, and a wrong one is refused with its line."""

import re
from datetime import date
from math import exp
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adoption.kinds import is_known
from portal.core.errors import InvalidError, NotFoundError
from portal.health import model as model_module
from portal.health.model import ANY_PRODUCT, STEP_COUNTS, Fitted, Linear, Measure, Saturating, load, shipped
from tests.health.evidence import feature

V1 = Path(model_module.__file__).with_name("scoring") / "v1.toml"


def changed(old: str, new: str) -> tuple[str, int]:
    """Return the shipped model with one text changed, and the line of the change."""
    text = V1.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1), text[: text.index(old)].count("\n") + 1


def test_the_shipped_model_has_the_four_sides_of_health() -> None:
    model = shipped("v1")
    assert (model.version, model.watch_from, model.healthy_from) == ("v1", 40, 70)
    assert {part.name: part.weight for part in model.components} == {
        "onboarding": 25,
        "self_service": 20,
        "peer_help": 15,
        "product_use": 40,
    }


def test_the_shipped_model_is_read_as_it_is_written() -> None:
    people, last_use, _ = shipped("v1").components[3].features
    assert (people.measure, people.window_days, people.half_life_days) == (Measure.DISTINCT_PEOPLE, 90, 14)
    assert (people.per_seat, people.curve, people.weight, people.min_evidence) == (True, Linear(0.6), 2, 1)
    assert (last_use.measure, last_use.curve, last_use.per_seat) == (
        Measure.RECENCY_DAYS,
        Saturating(14),
        False,
    )
    assert last_use.kinds == ("user.signed_in", "feature.used", "product.*")


def test_every_figure_of_the_shipped_model_gives_its_reason() -> None:
    figures = [
        line for line in V1.read_text(encoding="utf-8").splitlines() if re.match(r"\w+ = [\d.]+", line)
    ]
    assert len(figures) > 30
    assert [line for line in figures if not re.search(r"# [A-Z].{15,}[.]$", line)] == []


def test_the_shipped_model_knows_its_kinds_and_speaks_both_languages() -> None:
    for part in shipped("v1").components:
        assert any("぀" <= letter <= "鿿" for letter in part.label_ja)
        for item in part.features:
            assert all(is_known(k) or k == ANY_PRODUCT or k in STEP_COUNTS for k in item.kinds + item.of)
            assert any("぀" <= letter <= "鿿" for letter in item.label_ja)


@pytest.mark.parametrize("version", ["v0", "", "../v1", "V1"])
def test_a_model_that_does_not_come_with_the_portal_is_not_found(version: str) -> None:
    with pytest.raises(NotFoundError):
        shipped(version)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('version = "v1"', 'version = "Version 1"', "version must be a short word"),
        ("watch = 40", "watch = 70", "bands.healthy must be above watch"),
        ("healthy = 70", "healthy = 101", "bands.healthy must be above watch"),
        ("weight = 20", "weight = -1", r"component\[2\].weight must be a number above 0"),
        ('name = "help_given"', 'name = "people_taking_part"', r"component\[3\].feature\[2\].name repeats"),
        ('name = "peer_help"', 'name = "onboarding"', r"component\[3\].name repeats onboarding"),
        (
            'measure = "count"',
            'measure = "sum"',
            r"component\[1\].feature\[3\].measure must be one of: count",
        ),
        ('kinds = ["goal.reached"]', 'kinds = ["goal.scored"]', "names goal.scored, which is not known"),
        ('kinds = ["goal.reached"]', 'kinds = ["steps_due"]', "names steps_due, which is not known"),
        ('kinds = ["goal.reached"]', "kinds = []", "kinds must be a list of texts"),
        ('of = ["steps_due"]', 'of = ["steps_late"]', "of names steps_late"),
        ('curve = "saturating"', 'curve = "steep"', "curve must be one of: saturating, linear"),
        ("half_life_days = 30", "half_life_days = 0", "half_life_days must be a number above 0"),
        ("min_evidence = 5", "min_evidence = 0.5", "min_evidence must be a whole number"),
        ("per_seat = true", 'per_seat = "yes"', "per_seat must be true or false"),
        ("half_life_days = 14", "halflife_days = 14", "halflife_days has no meaning here"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    text, line = changed(old, new)
    with pytest.raises(InvalidError, match=said) as caught:
        load(text)
    told = re.match(r"Line (\d+): ", str(caught.value))
    assert told
    assert int(told[1]) in (line, line + 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scale = 3", "target = 3", r"component\[3\].feature\[2\].scale is missing"),
        ('of = ["steps_due"]\n', "", r"component\[1\].feature\[1\].of is missing"),
        ('label_ja = "互助"\n', "", r"component\[3\].label_ja is missing"),
        ("[bands]", "[band]", "bands is missing"),
    ],
)
def test_what_is_missing_is_told_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        load(changed(old, new)[0])


@pytest.mark.parametrize("setting", ["window_days", "half_life_days", "of"])
def test_a_setting_that_a_measure_does_not_use_is_refused(setting: str) -> None:
    text, _ = changed('measure = "recency_days"', f'measure = "recency_days"\n{setting} = 3')
    with pytest.raises(InvalidError, match=f"{setting} has no meaning here"):
        load(text)


def test_a_saturating_curve_is_named_by_its_scale() -> None:
    assert Saturating(5).value(0) == 0
    assert Saturating(5).value(5) == pytest.approx(1 - exp(-1))
    assert Saturating(5).value(15) == pytest.approx(0.95, abs=0.001)


def test_a_linear_curve_ends_at_its_target() -> None:
    assert [Linear(4).value(raw) for raw in (0, 1, 4, 9)] == [0, 0.25, 1, 1]


@given(st.floats(1e-6, 1e6), st.floats(0, 1e9), st.floats(0, 1e9), st.sampled_from([Saturating, Linear]))
def test_curves_rise_within_bounds(
    size: float, one: float, other: float, curve: type[Saturating] | type[Linear]
) -> None:
    less, more = sorted([one, other])
    assert 0 <= curve(size).value(less) <= curve(size).value(more) <= 1


@given(st.floats(0, 1000))
def test_recency_turns_its_curve_round(days: float) -> None:
    assert feature(Measure.RECENCY_DAYS, "article.read", curve=Linear(50)).value(days) == pytest.approx(
        max(0, 1 - days / 50)
    )


FITTED = """
[fitted]
on = "renewals"
accounts = 120
lost = 17
until = "2026-09-30"
auc = 0.81
"""


def test_a_model_says_what_it_was_fitted_on() -> None:
    text = V1.read_text(encoding="utf-8")
    assert load(text).fitted is None
    assert load(text + FITTED).fitted == Fitted(
        on="renewals", accounts=120, lost=17, until=date(2026, 9, 30), auc=0.81
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("accounts = 120\n", "", r"fitted\.accounts is missing"),
        ("lost = 17", "lost = 121", r"fitted\.lost must not be more than accounts"),
        ('"2026-09-30"', '"2026-09-31"', r"fitted\.until must be a day"),
        ("auc = 0.81", "auc = 81", r"fitted\.auc must be at most 1"),
        ("auc = 0.81", "auc = 0.81\nroc = 1", r"fitted\.roc has no meaning here"),
    ],
)
def test_what_it_was_fitted_on_is_read_strictly(old: str, new: str, said: str) -> None:
    text = V1.read_text(encoding="utf-8")
    with pytest.raises(InvalidError, match=said) as caught:
        load(text + FITTED.replace(old, new))
    assert f"Line {text.count(chr(10)) + 1}" < str(caught.value) < "Line 999"


def test_a_trend_and_a_streak_are_read_with_their_windows() -> None:
    trend = changed(
        'measure = "count"\nkinds = ["goal.reached"]',
        'measure = "trend"\nwindow_days = 28\nkinds = ["goal.reached"]',
    )
    streak = changed(
        'measure = "count"\nkinds = ["goal.reached"]', 'measure = "streak"\nkinds = ["goal.reached"]'
    )
    rising, kept_up = (load(text).components[0].features[2] for text, _ in (trend, streak))
    assert (rising.measure, rising.window_days, rising.reach_days) == (Measure.TREND, 28, 56)
    assert (kept_up.measure, kept_up.window_days, kept_up.reach_days) == (Measure.STREAK, None, 364)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ('"trend"', r"feature\[3\].window_days is missing"),
        ('"trend"\nwindow_days = 28\nhalf_life_days = 3', "half_life_days has no meaning here"),
        ('"trend"\nwindow_days = 28\nper_seat = true', "per_seat has no meaning here"),
        ('"streak"\nhalf_life_days = 3', "half_life_days has no meaning here"),
        ('"streak"\nper_seat = true', "per_seat has no meaning here"),
    ],
)
def test_trends_and_streaks_take_no_other_settings(measure: str, said: str) -> None:
    text, _ = changed(
        'measure = "count"\nkinds = ["goal.reached"]', f'measure = {measure}\nkinds = ["goal.reached"]'
    )
    with pytest.raises(InvalidError, match=said):
        load(text)
