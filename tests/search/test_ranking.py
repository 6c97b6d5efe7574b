import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search import ranking
from portal.search.ranking import Flags, Floats


def merit(*, helpfulness: Floats, age_days: Floats, solved: Flags) -> Floats:
    """Return by what scores are multiplied."""
    lifts = ranking.lifts(helpfulness=helpfulness, age_days=age_days, solved=solved)
    return sum(lifts.values(), np.ones_like(helpfulness))


def floats(*values: float) -> Floats:
    return np.array(values, np.float32)


@given(st.integers(1, 10_000), st.data())
def test_a_rarer_word_always_tells_more(documents: int, data: st.DataObject) -> None:
    matching = data.draw(st.integers(1, documents))
    assert ranking.idf(documents, matching=matching) > 0
    assert ranking.idf(documents, matching=matching - 1) > ranking.idf(documents, matching=matching)


def test_idf_is_lucenes() -> None:
    assert ranking.idf(100, matching=3) == pytest.approx(math.log(1 + 97.5 / 3.5))


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_repeating_a_word_helps_less_and_less(one: float, more: float) -> None:
    limit = ranking.SATURATION + 1
    less, both = ranking.saturated(floats(one, one + more))
    assert less <= both * (1 + 1e-6) <= limit * (1 + 2e-6)
    assert both - less <= more * limit / ranking.SATURATION + 1e-6


def test_a_field_of_average_length_counts_by_its_weight_alone() -> None:
    title, body = ranking.FIELDS["title"], ranking.FIELDS["body"]
    assert title.weighed(floats(1), relative_lengths=floats(1)) == title.weight
    assert body.weighed(floats(2), relative_lengths=floats(1)) == 2
    longer, shorter = body.weighed(floats(1, 1), relative_lengths=floats(3, 0.5))
    assert longer < 1 < shorter


def test_average_length_leaves_empty_fields_out() -> None:
    assert ranking.average_length(floats(4, 0, 0, 8)) == 6
    assert ranking.average_length(floats(0)) == 1
    assert ranking.average_length(floats()) == 1


@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 9)))
def test_likeness_is_the_cosine_of_two_sets(query: set[int], title: set[int]) -> None:
    [found] = ranking.likeness(
        floats(len(query & title)), title_words=floats(len(title)), query_words=len(query)
    )
    one, two = (np.array([number in words for number in range(10)], float) for words in (query, title))
    length = np.linalg.norm(one) * np.linalg.norm(two)
    assert found == pytest.approx(one @ two / length if length else 0, abs=1e-6)
    assert (found == pytest.approx(1)) == (query == title)


@given(st.floats(0, 1), st.one_of(st.just(math.inf), st.floats(0, 1e5)), st.booleans())
def test_merit_lifts_by_a_tenth_at_most(helpfulness: float, age: float, solved: bool) -> None:  # noqa: FBT001
    [found] = merit(helpfulness=floats(helpfulness), age_days=floats(age), solved=np.array([solved]))
    assert 1 <= found <= 1 + ranking.MOST_MERIT + 1e-6
    [better] = merit(helpfulness=floats(1), age_days=floats(0), solved=np.array([True]))
    assert found <= better == pytest.approx(1 + ranking.MOST_MERIT)


def test_a_verification_says_half_as_much_after_half_a_year() -> None:
    now, later, never = merit(
        helpfulness=floats(0, 0, 0), age_days=floats(0, 180, math.inf), solved=np.zeros(3, bool)
    )
    assert now - 1 == pytest.approx(2 * (later - 1), rel=1e-4)
    assert never == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.booleans()), max_size=40),
    st.integers(0, 4),
)
def test_groups_are_ranked_by_their_best_document(
    documents: list[tuple[str, int, bool]], wanted: int
) -> None:
    found = ranking.best_of_groups(
        floats(*(score for _, score, _ in documents)),
        np.flatnonzero([is_found for _, _, is_found in documents]),
        keys=[f"{place:02}" for place in range(len(documents))],
        groups=np.array(["abc".index(group) for group, _, _ in documents], np.int64),
        wanted=wanted,
    )
    best: dict[str, tuple[float, int]] = {}
    for place, (group, score, is_found) in enumerate(documents):
        if is_found:
            best[group] = min(best.get(group, (0.0, 0)), (-float(score), place))
    assert found == [place for _, place in sorted(best.values())][:wanted]
