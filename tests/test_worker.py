"""The worker's round: whatever is due, in an order that leaves nobody waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import db
from portal.health import service
from portal.health.models import StaleScore
from portal.knowledge import workflow
from portal.knowledge.models import ArticleStatus, Stage, Translation
from portal.knowledge.queries import article_with_texts
from tests.factories import NOW, make_account
from tests.knowledge.factories import make_article


def tell(session: Session, account_id: int, *, times: int) -> None:
    """Record signals, each in a transaction and so with an event of its own."""
    for number in range(times):
        fact = Fact(kind="feature.used", key=str(number), occurred_at=utc_now(), account_id=account_id)
        record(session, [fact], now=utc_now())
        session.commit()


def writes_of(work: Callable[[], None]) -> list[str]:
    """Return what was written by turns: finished events, and scores."""
    seen = {"UPDATE outbox_events": "events", "INSERT INTO health_scores": "score"}
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        writes.extend(name for start, name in seen.items() if statement.startswith(start))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [name for name, _ in groupby(writes)]


def test_a_score_waits_for_more_signals_but_not_for_long(session: Session, work: Callable[[], None]) -> None:
    waiting, busy = make_account(session).id, make_account(session).id
    with time_machine.travel(NOW, tick=False):
        long_ago = NOW - timedelta(minutes=1)
        service.mark_stale(session, since={waiting: NOW.date()}, now=long_ago)
        tell(session, busy, times=3 * outbox.BATCH)
        writes = writes_of(work)

    assert writes == ["events", "score", "events", "score"]
    assert session.scalars(select(StaleScore)).all() == []


@pytest.mark.parametrize(
    ("minutes", "stage"), [(-1, Stage.PUBLISHED), (60, Stage.SCHEDULED)], ids=["its time has come", "not yet"]
)
def test_each_minute_the_texts_go_live_whose_time_has_come(
    app: Flask, session: Session, minutes: int, stage: Stage
) -> None:
    text = make_article(session, status=ArticleStatus.DRAFT)
    article, now = article_with_texts(session, text.article_id), utc_now()
    planned = now + timedelta(minutes=minutes)
    workflow.publish(
        session,
        actor=SYSTEM,
        article=article,
        language="en",
        publish_at=planned,
        now=now - timedelta(hours=1),
    )
    assert text.stage is Stage.SCHEDULED
    session.commit()
    queue = app.extensions["jobs"].queue
    for task in queue.read_periodic(datetime(2026, 11, 20, 11, 1)):  # noqa: DTZ001  # Huey's own clock.
        queue.execute(task)
    session.rollback()
    session.expire_all()
    assert session.scalars(select(Translation)).one().stage is stage
