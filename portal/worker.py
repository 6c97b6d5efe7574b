"""The background worker: drains the outbox, lets index and scores follow, keeps the clockwork."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask import current_app

from portal.accounts.actors import SYSTEM
from portal.adoption import queries as adoption
from portal.adoption.matching import service as matching
from portal.core import outbox
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.jobs import Jobs
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import place_of
from portal.forum import rendering as posts
from portal.forum.attachments import service as attachments
from portal.forum.drafts import service as drafts
from portal.forum.experts import service as experts
from portal.forum.reputation import counting
from portal.health import following, nightly
from portal.health.alerts import service as alerts
from portal.health.notes import rendering as notes
from portal.health.phases import service as phases
from portal.health.portfolio import weekly
from portal.health.tasks import service as tasks
from portal.health.validation import running as validation
from portal.health.validation import service as validations
from portal.health.versions import previews
from portal.insights import searches
from portal.insights.queries import help_sessions_of_days
from portal.knowledge import rendering as articles
from portal.knowledge import workflow
from portal.knowledge.structure import related
from portal.knowledge.upkeep import link_check, reminders
from portal.notifications.mail import digests, queue, sending
from portal.notifications.mail import queries as mails
from portal.notifications.mail.transports import make_transport
from portal.onboarding.goals import service as goals
from portal.onboarding.nudges import service as nudges
from portal.onboarding.nudges.site import site_of_letters
from portal.onboarding.talk import rendering as comments
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
    What a version of the model would change is computed while nothing else waits.
    """
    while work_some():
        pass


def work_some() -> int:
    """Do some of what waits; return how much was done, 0 at the end."""
    busy = indexing.follow(current_app.extensions["search_engine"]) + outbox.drain_some(REACTIONS)
    busy += following.follow(marked_until=utc_now() - STALE_AT_MOST if busy else None)
    return busy or previews.follow() or learn_meaning()


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
    comments.rerender_stale()
    notes.rerender_stale()


def ask_experts() -> None:
    """Let questions reach the people who were asked and whose quiet hours have ended."""
    looked_at = 1
    while looked_at:
        with transaction() as session:
            looked_at = experts.send_due(session, now=utc_now())


def escalate_questions() -> None:
    """Bring the questions to staff that have waited too long for an answer."""
    escalated = 1
    while escalated:
        with transaction() as session:
            escalated = experts.escalate_overdue(session, now=utc_now())


def remind_of_steps() -> None:
    """Remind people of the steps that are late, or draft it for the managers of their accounts."""
    last: int | None = 0
    while last is not None:
        now = utc_now()
        with transaction() as session:
            last = nudges.remind_late(
                session, after=last, site=site_of_letters(), today=site_day(now), now=now
            )


def match_signals() -> None:
    """Record the facts that waited for an account or a person who is known by now."""
    last: int | None = 0
    while last is not None:
        with transaction() as session:
            last = matching.match_waiting(session, after=last, now=utc_now())


def settle_scores() -> None:
    """Give the days that have ended their final scores."""
    nightly.score_all(now=utc_now())


def follow_accounts() -> None:
    """Move the accounts whose phase has ended, and find what staff have to do about accounts."""
    now = utc_now()
    today = site_day(now)
    with transaction() as session:
        phases.follow(session, day=today - timedelta(days=1), now=now)
        tasks.follow_renewals(session, today=today, now=now)


def follow_alerts() -> None:
    """Open the alerts that begin, and close those that are over."""
    last: int | None = 0
    while last is not None:
        now = utc_now()
        with transaction() as session:
            last = alerts.follow(session, after=last, today=site_day(now), now=now)
    with transaction() as session:
        alerts.close_of_leavers(session, now=utc_now())


def ask_for_validation() -> None:
    """Have the scores compared with what became of the accounts since."""
    with transaction() as session:
        validations.ask(session, actor=SYSTEM, now=utc_now())


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


def count_goals() -> None:
    """Have the goals counted whose value a new day changes."""
    with transaction() as session:
        goals.ask_again(session, now=utc_now())


def count_reputation() -> None:
    """Count for everyone what their posts come to, whatever was missed."""
    counting.count_everyone(now=utc_now())


def prune_outbox() -> None:
    """Forget what was delivered long ago."""
    with transaction(wake=False) as session:
        outbox.prune(session, now=utc_now())
        queue.prune(session, now=utc_now())


def clear_unfinished() -> None:
    """Forget old drafts, and then the files that nobody has posted, with what they hold."""
    folder, homes = current_app.extensions["settings"].uploads_dir, current_app.extensions["file_homes"]
    with transaction(wake=False) as session:
        drafts.clear_old(session, now=utc_now())
    files: Sequence[Attachment] | None = None
    while files is None or files:
        with transaction(wake=False) as session:
            files = attachments.clear_unposted(session, homes=homes, now=utc_now())
        for file in files:
            place_of(file, folder).unlink(missing_ok=True)


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
        weekly.ask_for_due(now=utc_now())


def init_worker(jobs: Jobs) -> None:
    """Set the clockwork, in UTC."""
    jobs.clockwork("*", "*", publish_due)
    jobs.clockwork("*", "*", rerender_texts)
    jobs.clockwork("*", "*", relearn_meaning)
    jobs.clockwork("*", "*", ask_for_digests)
    jobs.clockwork("*", "*", ask_experts)
    jobs.clockwork("*", "*", match_signals)
    jobs.clockwork("*", "*/10", escalate_questions)
    jobs.beside(send_mail, every_seconds=2)
    jobs.clockwork("*", "17", settle_scores)
    jobs.clockwork("*", "22", follow_alerts)
    jobs.clockwork("*", "23", remind_of_steps)
    jobs.clockwork("*", "27", count_goals)
    jobs.clockwork("*", "37", follow_accounts)
    jobs.clockwork("3", "20", ask_for_validation)
    jobs.beside(validation.run_waiting, every_seconds=1)
    jobs.clockwork("3", "30", prune_outbox)
    jobs.clockwork("3", "40", clear_unfinished)
    jobs.clockwork("2", "40", relate_articles)
    jobs.clockwork("2", "50", learn_from_searches)
    jobs.clockwork("3", "10", check_links)
    jobs.clockwork("3", "40", count_reputation)
    jobs.clockwork("4", "0", remind_verifiers)
