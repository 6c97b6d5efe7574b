"""The queue that wakes workers and keeps the clockwork; nothing that matters lives in it."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from portal.core.config import Settings

log = logging.getLogger(__name__)

COMPANION_ENDS_WITHIN_SECONDS: Final = 5.0


def _make_queue(settings: Settings) -> Huey:
    if settings.queue_url.startswith("postgresql"):
        return PostgresHuey("portal", dsn=settings.queue_url, results=False)
    if settings.queue_url:
        return RedisHuey("portal", url=settings.queue_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("portal", filename=str(settings.data_dir / "queue.db"), results=False)


class Jobs:
    """Wakes workers after a commit, and runs them."""

    def __init__(self, app: Flask, settings: Settings, *, work: Callable[[], object]) -> None:
        self.app = app
        self.queue = _make_queue(settings)
        self._wake: Any = self.queue.task(name="work")(self._in_app(work))
        self.clockwork("*", "*", work)
        self._companions: list[threading.Thread] = []
        self._stopped = threading.Event()
        app.extensions["jobs"] = self

    def _in_app(self, job: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with self.app.app_context():
                job()

        run.__name__ = job.__name__
        return run

    def clockwork(self, hour: str, minute: str, job: Callable[[], object]) -> None:
        """Run a job at the UTC hours and minutes that a crontab pattern names."""
        self.queue.periodic_task(crontab(hour=hour, minute=minute), name=f"{job.__name__}_by_the_clock")(
            self._in_app(job)
        )

    def beside(self, job: Callable[[], object], *, every_seconds: float) -> None:
        """Run a job again and again in a thread of its own: what is slow there keeps nothing else waiting."""
        in_app = self._in_app(job)

        def go_on() -> None:
            while not self._stopped.wait(every_seconds):
                try:
                    in_app()
                except Exception:  # The database may be away for a moment.
                    log.exception("%s failed", job.__name__)

        self._companions.append(threading.Thread(target=go_on, name=job.__name__, daemon=True))

    def wake(self) -> None:
        """Ask a worker to look at once; if the queue is out of reach, the clock will.

        Whoever was asked and has not begun will see this change too, and is not asked again.
        """
        try:
            if not any(isinstance(task, self._wake.task_class) for task in self.queue.pending()):
                self._wake()
        except Exception:  # The change is committed; a late worker is no reason to fail.
            log.exception("the queue cannot be reached")

    def run(self) -> None:
        """Work until told to stop, beginning with what a worker that was killed has left."""
        log.info("the worker begins")
        self.wake()
        for companion in self._companions:
            companion.start()
        self.queue.create_consumer(workers=1, initial_delay=0.05, max_delay=0.25, periodic=True).run()
        self._stopped.set()
        for companion in self._companions:
            companion.join(timeout=COMPANION_ENDS_WITHIN_SECONDS)
        self.close()

    def close(self) -> None:
        """Give back the connections to the queue; whoever wakes a worker afterwards makes new ones."""
        self.queue.storage.close()
