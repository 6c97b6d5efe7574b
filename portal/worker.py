"""The background worker: drains the outbox, lets index and scores follow, keeps the clockwork."""

import logging
from datetime import timedelta
from typing import Final

from flask import current_app

from portal.accounts.actors import SYSTEM
from portal.adoption import queries as adoption
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.jobs import Jobs
from portal.forum import rendering as posts
from portal.health import following, nightly
from portal.insights import searches
from portal.insights.queries import help_sessions_of_days
from portal.knowledge import rendering as articles
from portal.knowledge import workflow
from portal.knowledge.structure import related
from portal.knowledge.upkeep import link_check, reminders
from portal.notifications.mail import digests, queue, sending
from portal.notifications.mail import queries as mails
from portal.notifications.mail.transports import make_transport
from portal.reactions.links import this_site
from portal.reactions.table import REACTIONS
from portal.search import indexing, vectors
from portal.search.embedding import EmbeddingError
from portal.search.learning import service as learning

log = logging.getLogger(__name__)

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
        busy = busy or learn_meaning()


def learn_meaning() -> int:
    """Make some of the vectors that search waits for, when there is a model; return how many.

    A model that cannot be reached is asked again by the clock.
    """
    embedder = current_app.extensions["embedder"]
    try:
        return vectors.follow(embedder) if embedder else 0
    except EmbeddingError:
        log.exception("no vectors were made")
        return 0


def relearn_meaning() -> None:
    """Ask for the vectors that are missing or were made by another model."""
    embedder = current_app.extensions["embedder"]
    if embedder and vectors.is_any_missing(db.session(), embedder):
        with transaction() as session:
            vectors.ask_for_missing(session, embedder)


def publish_due() -> None:
    """Let the texts go live whose time has come."""
    with transaction() as session:
        workflow.publish_due(session, now=utc_now())


def rerender_texts() -> None:
    """Render again what an earlier renderer made, some of it at a time."""
    articles.rerender_stale()
    posts.rerender_stale()


def settle_scores() -> None:
    """Give the days that have ended their final scores."""
    nightly.score_all(now=utc_now())


def relate_articles() -> None:
    """Find out again which articles belong together."""
    now, reading = utc_now(), db.session()
    pairs = adoption.pairs_read_together(reading, kinds=related.READINGS, since=now - related.READ_WITHIN)
    found = related.work_out(reading, current_app.extensions["search_engine"], pairs)
    reading.rollback()
    with transaction(wake=False) as session:
        related.keep(session, found)


def learn_from_searches() -> None:
    """Find out again which queries led people to something, and which words they replaced by which."""
    found: list[searches.Success] = []
    tried: list[searches.Retry] = []
    reading = db.session()
    for visit in help_sessions_of_days(reading, SYSTEM, days=searches.DAYS, now=utc_now()):
        found += searches.successes(visit)
        tried += searches.retries(visit)
    reading.rollback()
    with transaction(wake=False) as session:
        learning.keep_queries(session, searches.learned_queries(found))
        learning.keep_proposals(session, searches.replacements(tried))


def check_links() -> None:
    """Find out which links of articles lead nowhere by now."""
    link_check.check_all(this_site(), now=utc_now(), advance=lambda _count: None)


def remind_verifiers() -> None:
    """Tell who verifies articles that some are due."""
    with transaction() as session:
        reminders.remind(session, now=utc_now())


def prune_outbox() -> None:
    """Forget what was delivered long ago."""
    with transaction(wake=False) as session:
        outbox.prune(session, now=utc_now())
        queue.prune(session, now=utc_now())


def send_mail() -> None:
    """Send the mails that are due; where none is sent, none waits for the day when it is."""
    if not mails.is_any_due(db.session(), now=utc_now()):
        return
    transport = make_transport(current_app.extensions["settings"].mail_url)
    if transport:
        sending.send_due(transport)
        return
    with transaction(wake=False) as session:
        queue.drop_due(session, now=utc_now())


def ask_for_digests() -> None:
    """Ask for the digests of those whose morning has come."""
    if current_app.extensions["settings"].mail_url:
        digests.ask_for_due(now=utc_now())


def init_worker(jobs: Jobs) -> None:
    """Set the clockwork, in UTC."""
    jobs.clockwork("*", "*", publish_due)
    jobs.clockwork("*", "*", rerender_texts)
    jobs.clockwork("*", "*", relearn_meaning)
    jobs.clockwork("*", "*", ask_for_digests)
    jobs.beside(send_mail, every_seconds=2)
    jobs.clockwork("*", "17", settle_scores)
    jobs.clockwork("3", "30", prune_outbox)
    jobs.clockwork("2", "40", relate_articles)
    jobs.clockwork("2", "50", learn_from_searches)
    jobs.clockwork("3", "10", check_links)
    jobs.clockwork("4", "0", remind_verifiers)
