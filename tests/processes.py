"""Processes of a site that tests start: what they are given, and what they say."""

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

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


def worker_began_at(log: Path) -> datetime | None:
    """Return when the worker that writes a log began; None while it has not."""
    for line in log.read_text().splitlines():
        if "the worker begins" in line:
            return datetime.fromisoformat(json.loads(line)["timestamp"])
    return None


def wait_until(condition: Callable[[], T | None], *, seconds: float = 60) -> T:
    """Wait for what another process has to do, and return what the condition is then."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return value
