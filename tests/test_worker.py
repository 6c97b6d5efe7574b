"""The worker's round: whatever is due, in an order that leaves nobody waiting."""

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby

import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import db
from portal.health import service
from portal.health.models import StaleScore
from tests.factories import NOW, make_account


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
        service.mark_stale(session, account_id=waiting, since=NOW.date(), now=long_ago)
        tell(session, busy, times=3 * outbox.BATCH)
        writes = writes_of(work)

    assert writes == ["events", "score", "events", "score"]
    assert session.scalars(select(StaleScore)).all() == []
