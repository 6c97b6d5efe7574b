"""Items come some at a time, all of them, in order, and are asked for no earlier than needed."""

from collections.abc import Iterable

import pytest

from portal.core.batches import batches


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([1], [[1]]),
        ([1, 2], [[1, 2]]),
        ([1, 2, 3], [[1, 2], [3]]),
        ({1: "a", 2: "b", 3: "c"}, [[1, 2], [3]]),
        (iter([1, 2, 3, 4]), [[1, 2], [3, 4]]),
    ],
)
def test_items_come_in_order_and_only_the_last_batch_may_be_short(
    items: Iterable[int], expected: list[list[int]]
) -> None:
    assert list(batches(items, 2)) == expected


def test_no_item_is_taken_before_its_batch_is_wanted() -> None:
    items = iter(range(5))

    assert next(batches(items, 2)) == [0, 1]
    assert next(items) == 2
