import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search import ranking
from portal.search.engine import Query
from portal.search.ranking import Entry, Facets

PUBLIC = Facets("article", "en", frozenset({"public"}))


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
    assert ranking.saturated(one) <= ranking.saturated(one + more) <= limit
    assert ranking.saturated(one + more) - ranking.saturated(one) <= more * limit / ranking.SATURATION


def test_a_field_of_average_length_counts_by_its_weight_alone() -> None:
    assert ranking.TITLE.weighed(1, relative_length=1) == ranking.TITLE.weight
    assert ranking.BODY.weighed(2, relative_length=1) == 2
    assert ranking.BODY.weighed(1, relative_length=3) < 1 < ranking.BODY.weighed(1, relative_length=0.5)


def test_average_length_leaves_empty_fields_out() -> None:
    assert ranking.average_length([[4, 0], [0, 8]]) == 6
    assert ranking.average_length([[0]]) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), max_size=12),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_groups_are_ranked_by_their_best_document(
    documents: list[tuple[str, int]], offset: int, limit: int
) -> None:
    entries = [Entry(f"{place:02}", group, PUBLIC) for place, (group, _) in enumerate(documents)]
    scores = {place: float(score) for place, (_, score) in enumerate(documents)}
    found = ranking.best_of_groups(scores, entries, Query(text="", audience=None, offset=offset, limit=limit))
    best = {
        group: min(
            (-score, entry.key)
            for entry, (_, score) in zip(entries, documents, strict=True)
            if entry.group == group
        )
        for group, _ in documents
    }
    expected = sorted((*place, group) for group, place in best.items())[offset : offset + limit]
    assert [(-hit.score, hit.key, hit.group) for hit in found.hits] == expected
    assert found.total == len(best)
