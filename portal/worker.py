"""The background worker: drains the outbox, lets index and scores follow, keeps the clockwork."""

from datetime import timedelta
from typing import Final

from flask import current_app

from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.core.jobs import Jobs
from portal.health import following, nightly
from portal.reactions.table import REACTIONS
from portal.search import indexing

STALE_AT_MOST: Final = timedelta(seconds=1)


def work() -> None:
    """Do all that waits: search follows first and in between, since people look for what they just wrote.

    Scores come last, once for many signals; those that have been stale for a while do not wait for the end.
    """
    engine = current_app.extensions["search_engine"]
    busy = 1
    while busy:
        busy = indexing.follow(engine) + outbox.drain_some(REACTIONS)
        busy += following.follow(marked_until=utc_now() - STALE_AT_MOST if busy else None)


def settle_scores() -> None:
    """Give the days that have ended their final scores."""
    nightly.score_all(now=utc_now())


def prune_outbox() -> None:
    """Forget what was delivered long ago."""
    with transaction(wake=False) as session:
        outbox.prune(session, now=utc_now())


def init_worker(jobs: Jobs) -> None:
    """Set the clockwork, in UTC."""
    jobs.clockwork("*", "17", settle_scores)
    jobs.clockwork("3", "30", prune_outbox)
