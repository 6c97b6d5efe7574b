"""Processes of a site that tests start: what they are given, and what they say."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bench.site import Visitor
from portal.core.config import Settings

T = TypeVar("T")


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which a command belongs to a site."""
    return os.environ | {
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_QUEUE_URL": settings.queue_url,
        "PORTAL_SECRET_KEY": settings.secret_key,
    }


@contextmanager
def server(
    settings: Settings, log: Path, port: int, *, processes: int = 1
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the site with a new log; kill it in the end, if nothing else has."""
    command = [sys.executable, "-m", "portal", "serve", "--port", str(port), "--workers", str(processes)]
    environment = environment_of(settings)
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def answers(port: int) -> bool:
    """Tell whether a site is served at a port."""
    with suppress(OSError), Visitor(port) as visitor:
        visitor.get("/healthz")
        return True
    return False


def worker_began_at(log: Path) -> datetime | None:
    """Return when the worker that writes a log began; None while it has not."""
    for line in log.read_text().splitlines():
        if "the worker begins" in line:
            return datetime.fromisoformat(json.loads(line)["timestamp"])
    return None


def wait_until(condition: Callable[[], T | None], *, seconds: float = 180) -> T:
    """Wait for what another process has to do, and return what the condition is then."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return value
