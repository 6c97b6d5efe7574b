"""Many texts rendered at once, on every processor."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from portal.content.markdown import Rendered, render
from portal.core.errors import InvalidError

# In the time that a process takes to start, this one renders as many.
_FEW: Final = 100
_AT_A_TIME: Final = 10
# Each takes some 140 MB, and this one has the writing to do meanwhile.
_MOST_PROCESSES: Final = 2


def render_all(sources: Sequence[str]) -> Iterator[Rendered | str]:
    """Yield each text rendered, in order, or why it cannot be."""
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    if len(sources) <= _FEW or processes == 1:
        yield from map(_rendered, sources)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh) as pool:
        yield from pool.map(_rendered, sources, chunksize=_AT_A_TIME)


def _rendered(source: str) -> Rendered | str:
    try:
        return render(source)
    except InvalidError as error:
        return str(error)
