"""Scores follow the ledger: what the outbox delivers moves them, once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus
from portal.accounts.service import AccountDetails
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


@pytest.fixture
def scored(session: Session) -> Account:
    account = make_account(session, seats=4, started_on=NOW.date() - timedelta(days=30))
    service.rebuild_scores(session, account_id=account.id, now=NOW)
    session.commit()
    return account


@pytest.fixture
def change(session: Session, work: Callable[[], None]) -> Callable[..., None]:
    """Change some of an account's details, and let the worker do what follows."""

    def write(account: Account, **values: object) -> None:
        known = {name: getattr(account, name) for name in AccountDetails.__dataclass_fields__}
        with time_machine.travel(NOW, tick=True):
            details = AccountDetails(**known | values)
            accounts.update_account(session, actor=SYSTEM, account_id=account.id, details=details, now=NOW)
            session.commit()
            work()
        session.rollback()
        session.expire_all()

    return write


def days_scored(session: Session) -> list[date]:
    return list(session.scalars(select(HealthScore.day).order_by(HealthScore.day)))


def days_between(first: int, last: int) -> list[date]:
    return [NOW.date() - timedelta(days=ago) for ago in range(first, last - 1, -1)]


def test_an_account_has_scores_of_the_days_on_which_it_is_a_customer(
    session: Session, scored: Account, change: Callable[..., None]
) -> None:
    assert days_scored(session) == days_between(30, 0)

    change(scored, status=AccountStatus.CHURNED, churned_on=NOW.date() - timedelta(days=10))
    assert days_scored(session) == days_between(30, 10)

    change(scored, churned_on=NOW.date() - timedelta(days=5), started_on=NOW.date() - timedelta(days=20))
    assert days_scored(session) == days_between(20, 5)

    change(scored, status=AccountStatus.ACTIVE, churned_on=None, started_on=NOW.date() - timedelta(days=40))
    assert days_scored(session) == days_between(40, 0)


def test_other_seats_change_the_score_of_today_alone(
    session: Session, scored: Account, change: Callable[..., None]
) -> None:
    kim = make_user(session, account=scored)
    facts = [
        Fact(kind="feature.used", key=str(key), occurred_at=NOW, account_id=scored.id, user_id=kim.id)
        for key in range(20)
    ]
    with time_machine.travel(NOW, tick=False):
        record(session, facts, now=NOW)
    change(scored)
    place = (scored.id, NOW.date())
    before = session.get_one(HealthScore, place).points_e4
    assert before

    change(scored, seats=40)

    after = session.get_one(HealthScore, place, populate_existing=True).points_e4
    assert after
    assert after < before
    assert session.scalars(select(StaleScore)).all() == []
    assert session.scalars(select(HealthScore.day).where(~HealthScore.is_settled)).all() == [NOW.date()]
