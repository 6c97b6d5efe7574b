"""Many items, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield so many items at a time, in their order; the last ones may be fewer."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
