"""Scores follow the ledger: what the outbox delivers moves them, once."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.health import following, nightly, service
from portal.health.models import HealthScore, StaleScore
from portal.reactions.table import REACTIONS
from tests.factories import NOW, make_account, make_user


def test_signals_move_todays_score_and_reopen_the_days_they_are_late_for(
    session: Session, work: Callable[[], None]
) -> None:
    account = make_account(session)
    kim = make_user(session, account=account)
    service.rebuild_scores(session, account_id=account.id, now=NOW)
    late = [
        Fact(
            kind="feature.used",
            key=f"late by {days}",
            occurred_at=NOW - timedelta(days=days),
            account_id=account.id,
            user_id=kim.id,
        )
        for days in (1, 3, 2)
    ]
    with time_machine.travel(NOW, tick=True):
        record(session, late, now=NOW)
        session.commit()
        work()
    unsettled = session.scalars(select(HealthScore.day).where(~HealthScore.is_settled)).all()
    today = session.get_one(HealthScore, (account.id, NOW.date()), populate_existing=True)

    assert today.points_e4 is not None
    assert sorted(unsettled) == [NOW.date() - timedelta(days=days) for days in (3, 2, 1, 0)]
    assert nightly.score_all(now=NOW) == 3


def test_many_signals_move_a_score_once_even_if_the_worker_is_killed_in_between(session: Session) -> None:
    account_id = make_account(session).id
    make_account(session)
    with time_machine.travel(NOW, tick=False):
        for number in range(40):
            fact = Fact(kind="feature.used", key=str(number), occurred_at=NOW, account_id=account_id)
            record(session, [fact], now=NOW)
            session.commit()
        outbox.drain(REACTIONS)
        assert session.scalars(select(HealthScore)).all() == []
        assert session.scalars(select(StaleScore.account_id)).all() == [account_id]
        assert following.follow() == 1

    session.rollback()
    assert session.scalars(select(HealthScore.account_id)).all() == [account_id]
