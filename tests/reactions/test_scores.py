"""Scores follow the ledger: what the outbox delivers moves them, once."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adoption.service import Fact, record
from portal.health import nightly, service
from portal.health.models import HealthScore
from tests.factories import NOW, make_account, make_user


def test_a_signal_moves_todays_score_and_reopens_the_days_it_is_late_for(
    session: Session, work: Callable[[], None]
) -> None:
    account = make_account(session)
    kim = make_user(session, account=account)
    service.rebuild_scores(session, account_id=account.id, now=NOW)
    late = Fact(
        kind="feature.used",
        key="late",
        occurred_at=NOW - timedelta(days=3),
        account_id=account.id,
        user_id=kim.id,
    )
    with time_machine.travel(NOW, tick=True):
        record(session, [late], now=NOW)
        session.commit()
        work()
    unsettled = session.scalars(select(HealthScore.day).where(~HealthScore.is_settled)).all()
    today = session.get_one(HealthScore, (account.id, NOW.date()), populate_existing=True)

    assert today.points_e4 is not None
    assert sorted(unsettled) == [NOW.date() - timedelta(days=days) for days in (3, 2, 1, 0)]
    assert nightly.score_all(now=NOW) == 3
