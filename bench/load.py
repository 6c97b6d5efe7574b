"""Sends requests over kept-alive connections to this machine, and reads what they cost the server."""

import http.client
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

CONNECTIONS: Final = 4
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; `body` is None for a GET."""

    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a load came to: requests a second, times and processor time in milliseconds, and bytes a page."""

    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    page_bytes: int


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the processor time that processes and all their children have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def descendants(pid: int) -> list[int]:
    """Return a process and everything below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return found


def send(port: int, make: Callable[[int], Request], *, count: int, pids: Sequence[int]) -> Figures:
    """Send a number of requests over a few connections.

    Raises:
        RuntimeError: an answer was an error.
    """
    times: list[float] = []
    sizes: list[int] = []
    failures: list[str] = []
    lock = threading.Lock()

    def work(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(first, count, CONNECTIONS):
            request = make(number)
            started = time.perf_counter()
            method = "GET" if request.body is None else "POST"
            connection.request(method, request.path, request.body, dict(request.headers))
            response = connection.getresponse()
            body = response.read()
            spent = time.perf_counter() - started
            with lock:
                times.append(spent * 1000)
                sizes.append(len(body))
                if response.status >= 400:  # noqa: PLR2004  # HTTP's own number.
                    failures.append(f"{request.path}: {response.status}")
        connection.close()

    before, started = cpu_seconds(pids), time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    if failures:
        raise RuntimeError(f"{len(failures)} requests failed, the first: {failures[0]}")
    cuts = quantiles(times, n=20)
    return Figures(
        per_second=count / spent,
        p50_ms=cuts[9],
        p95_ms=cuts[18],
        cpu_ms=(cpu_seconds(pids) - before) * 1000 / count,
        page_bytes=max(sizes),
    )
