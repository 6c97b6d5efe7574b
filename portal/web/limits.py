"""Rate limits: who may send how much, counted in this process or in Redis."""

import threading
from typing import Any, Final, NamedTuple

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import Storage

from portal.core.clock import utc_now
from portal.core.config import Settings

SWEEP_SECONDS: Final = 60.0

limiter = Limiter(get_remote_address, default_limits=[])


class _Window(NamedTuple):
    hits: int
    ends_at: float


class Counters(Storage):
    """The hits of each key in its open window; the library's own storage starts a thread every few hits."""

    STORAGE_SCHEME = ["counters"]  # noqa: RUF012  # The library's own protocol.

    def __init__(self, uri: str | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self._lock = threading.Lock()
        self.reset()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """The errors that say that the storage cannot be reached: none."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count some hits, in a window of so many seconds if none is open; return how many it has now."""
        with self._lock:
            self._sweep()
            hits, ends_at = self._window(key, seconds=expiry)
            self._windows[key] = _Window(hits + amount, ends_at)
            return hits + amount

    def get(self, key: str) -> int:
        """Return how many hits the open window has."""
        return self._window(key).hits

    def get_expiry(self, key: str) -> float:
        """Return the time, in seconds of the epoch, at which the open window ends."""
        return self._window(key).ends_at

    def check(self) -> bool:
        """Tell whether the storage works."""
        return True

    def reset(self) -> None:
        """Forget everything."""
        self._windows: dict[str, _Window] = {}
        self._swept_at = utc_now().timestamp()

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        self._windows.pop(key, None)

    def _window(self, key: str, *, seconds: float = 0) -> _Window:
        now = utc_now().timestamp()
        window = self._windows.get(key)
        return window if window and window.ends_at > now else _Window(0, now + seconds)

    def _sweep(self) -> None:
        """Forget the windows that have ended, now and then."""
        now = utc_now().timestamp()
        if now - self._swept_at > SWEEP_SECONDS:
            self._windows = {key: window for key, window in self._windows.items() if window.ends_at > now}
            self._swept_at = now


def init_limits(app: Flask, settings: Settings) -> None:
    """Attach the limiter."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "counters://"
    app.config["RATELIMIT_HEADERS_ENABLED"] = True
    limiter.init_app(app)
