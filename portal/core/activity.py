"""Passive activity (views, searches): noted in memory, written in batches within two seconds.

A killed process may lose what it noted in that time, and nothing else; a page never waits for it.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from flask import Flask
from sqlalchemy.orm import Session

from portal.core.batches import batches
from portal.core.db import transaction
from portal.core.outbox import Event, record

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 1.5
LARGEST_BATCH: Final = 500


class LeftOut(StrEnum):
    """Why something is kept and left out of every figure: figures are about what customers did."""

    BOT = "bot"  # A crawler or a script, which nobody signed in to.
    STAFF = "staff"
    VOIDED = "voided"  # It was taken back later, or is the row that says so.


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something a reader did.

    `person` is `user:<id>` or `visitor:<key>`, and None where the account wants no person named; `subject`
    names a row, and is None when there is none.
    `left_out_as` says why figures leave it out; None when they count it.
    """

    kind: str
    at: datetime
    person: str | None
    user_id: int | None = None
    account_id: int | None = None
    subject: str | None = None
    left_out_as: LeftOut | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActivitiesNoted(Event):
    """Readers did these things; each is an `Activity` as a plain dictionary."""

    activities: tuple[dict[str, Any], ...]


class ActivityLog:
    """The buffer of one process, and the thread that empties it.

    `unnamed_accounts` reads for which accounts the people are left out when it is emptied.
    """

    def __init__(self, app: Flask, *, unnamed_accounts: Callable[[Session], Collection[int]]) -> None:
        self._app = app
        self._unnamed_accounts = unnamed_accounts
        self._noted: list[Activity] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        app.extensions["activity"] = self
        atexit.register(self.close)

    def note(self, activity: Activity) -> None:
        """Remember an activity; it is written soon."""
        with self._lock:
            self._noted.append(activity)
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Stop the thread, wait for what it is writing and write what is left, before the process ends."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self.flush()

    def flush(self) -> None:
        """Write what was noted; what cannot be written is kept for the next time."""
        with self._writing:
            with self._lock:
                batch, self._noted, self._timer = self._noted, [], None
            try:
                with self._app.app_context():
                    self._write(batch)
            except Exception:  # The database may be away for a moment.
                log.exception("activities could not be written")
                with self._lock:
                    self._noted[:0] = batch

    def _write(self, batch: list[Activity]) -> None:
        for some in batches(batch, LARGEST_BATCH):
            with transaction() as session:
                unnamed = self._unnamed_accounts(session)
                rows = tuple(_plain(item, is_named=item.account_id not in unnamed) for item in some)
                record(session, ActivitiesNoted(activities=rows))


def _plain(activity: Activity, *, is_named: bool) -> dict[str, Any]:
    nobody: dict[str, Any] = {} if is_named else {"person": None, "user_id": None}
    return asdict(activity) | {"at": activity.at.isoformat()} | nobody
