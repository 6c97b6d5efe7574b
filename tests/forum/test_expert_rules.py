"""Who is likely to know."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.forum.experts.rules import (
    HALF_LIFE,
    LEAST,
    Solution,
    freshness,
    nearness,
    ranked,
)
from portal.notifications.restraint import WEEK
from tests.factories import NOW


def test_a_solution_says_half_as_much_after_its_half_life() -> None:
    assert freshness(timedelta()) == 1
    assert freshness(HALF_LIFE) == 0.5
    assert freshness(timedelta(days=-3)) == 1
    assert all(freshness(a * WEEK) > freshness(b * WEEK) for a, b in pairwise(range(100)))


@given(words=st.floats(0, 1), tags=st.floats(0, 1))
def test_nearness_is_a_share_and_either_reason_helps(words: float, tags: float) -> None:
    assert words - 1e-9 <= nearness(words, tags) <= 1
    assert nearness(words, 0) == pytest.approx(words)


def test_who_solved_more_of_what_is_nearer_comes_first() -> None:
    def solved(user_id: int, topic_id: int, *, days: int = 0) -> Solution:
        return Solution(user_id=user_id, topic_id=topic_id, at=NOW - timedelta(days=days))

    near = {1: 0.9, 2: 0.8, 3: 0.7, 4: LEAST - 0.01}
    solutions = [
        solved(10, 1),
        solved(20, 3),
        solved(20, 2),
        solved(20, 2, days=400),  # A second answer to the same question counts once.
        solved(30, 1, days=360),
        solved(40, 4),
    ]
    order = ranked(solutions, near, now=NOW)
    assert list(order) == [20, 10, 30]
    assert order[20] == [2, 3]
