"""Hits are counted in windows, exactly, and forgotten when the windows have ended."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portal.web.limits import SWEEP_SECONDS, Counters
from tests.conftest import NOW

SECONDS = 10
Hits = list[tuple[str, int]]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2 * SECONDS)), max_size=30))
def test_a_window_begins_with_a_hit_and_counts_all_until_it_ends(hits: Hits) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        counters = Counters()
        ends, counted = {"a": 0.0, "b": 0.0}, Counter[str]()
        now = NOW.timestamp()
        for key, wait in hits:
            clock.shift(wait)
            now += wait
            if ends[key] <= now:
                ends[key], counted[key] = now + SECONDS, 0
            counted[key] += 1
            assert counters.incr(key, SECONDS) == counted[key] == counters.get(key)
            assert counters.get_expiry(key) == ends[key]


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_no_hit_of_several_threads_is_lost_and_none_starts_a_thread(hasty_threads: None) -> None:
    counters, before = Counters(), threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: counters.incr("key", SECONDS), range(4000)))
    assert counters.get("key") == 4000
    assert threading.active_count() == before


def test_windows_that_have_ended_take_no_memory() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        counters = Counters()
        for number in range(1000):
            counters.incr(f"visitor {number}", SECONDS)
        counters.incr("open", 2 * round(SWEEP_SECONDS))
        clock.shift(timedelta(seconds=SWEEP_SECONDS + 1))
        counters.incr("new", SECONDS)
    assert counters._windows.keys() == {"open", "new"}


def test_one_key_or_all_can_be_forgotten() -> None:
    counters = Counters()
    for key in "ab":
        counters.incr(key, SECONDS)
    counters.clear("a")
    assert [counters.get(key) for key in "ab"] == [0, 1]
    counters.reset()
    assert counters.get("b") == 0
