"""The same news at several workers at once, and news that contradicts other news at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.adoption import service as ledger
from portal.adoption.models import PersonDay, Signal
from portal.adoption.service import Fact, record
from portal.core.db import transaction
from portal.core.outbox import OutboxEvent
from portal.events import GoalReached, GoalReopened, SignalsRecorded, SignalsVoided
from portal.onboarding.evidence.models import StepEvidence
from portal.onboarding.goals.models import Goal
from portal.onboarding.goals.rules import Count
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Proof
from portal.reactions import checklists, goals
from tests.factories import NOW, make_account
from tests.onboarding.factories import draft, goal_draft, make_checklist, make_goal

WORKERS = 4

Deed = Callable[[Session, int], object]


@pytest.fixture
def together(app: Flask, session: Session) -> Callable[[Deed], None]:
    """Let several workers do a thing at once, each in a transaction of its own."""

    def run(deed: Deed) -> None:
        session.rollback()
        ready = Barrier(WORKERS)

        def act(number: int) -> None:
            with app.app_context():
                ready.wait(timeout=20)
                with transaction(wake=False) as writing:
                    deed(writing, number)

        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(act, range(WORKERS)))
        session.expire_all()

    return run


def told(session: Session, account: Account, number: int) -> list[int]:
    facts = [
        Fact(kind="question.asked", key=f"fact:{one}", occurred_at=NOW, account_id=account.id)
        for one in range(number)
    ]
    ids = record(session, facts, now=NOW)
    session.commit()
    return ids


def events(session: Session, name: str) -> int:
    query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == name)
    return session.scalar(query) or 0


def test_workers_that_count_the_same_day_wait_for_each_other(
    session: Session, together: Callable[[Deed], None]
) -> None:
    account = make_account(session)
    ids = told(session, account, 3)

    for _ in range(3):
        together(lambda writing, _number: ledger.roll_up(writing, ids))
        counted = session.scalars(select(PersonDay.signals).where(PersonDay.account_id == account.id))
        assert list(counted) == [3]


def test_one_signal_at_several_workers_completes_once(
    session: Session, together: Callable[[Deed], None]
) -> None:
    account = make_account(session)
    make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))])
    event = SignalsRecorded(signal_ids=tuple(told(session, account, 1)))

    together(lambda writing, _number: checklists.complete_matching_steps(writing, event, NOW))

    assert session.scalars(select(ChecklistStep.proved_by)).all() == [list(event.signal_ids)]
    assert events(session, "StepsProved") == 1


def test_one_signal_at_several_workers_reaches_a_goal_once(
    session: Session, together: Callable[[Deed], None]
) -> None:
    account = make_account(session)
    counted = goal_draft(count=Count(kind="question.asked"), baseline=None, target=1)
    make_goal(session, make_checklist(session, account), counted)
    event = SignalsRecorded(signal_ids=tuple(told(session, account, 1)))

    together(lambda writing, _number: goals.count_again(writing, event, NOW))

    assert session.scalars(select(Goal.value)).all() == [1]
    assert events(session, "GoalReached") == 1


GOAL_NEWS: tuple[Deed, ...] = (
    lambda writing, goal_id: goals.record_reached(writing, GoalReached(goal_id=goal_id), NOW),
    lambda writing, goal_id: goals.tell_reached(writing, GoalReached(goal_id=goal_id), NOW),
    lambda writing, goal_id: goals.take_back_reached(writing, GoalReopened(goal_id=goal_id), NOW),
)


@pytest.mark.parametrize("react", GOAL_NEWS)
def test_news_of_a_goal_waits_for_who_holds_its_checklist(app: Flask, session: Session, react: Deed) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("All writes wait for each other there.")
    goal_id = make_goal(session, make_checklist(session, make_account(session)), goal_draft()).id
    session.execute(select(Checklist.id).with_for_update())

    with app.app_context(), pytest.raises(OperationalError), transaction(wake=False) as writing:
        writing.execute(text("SET LOCAL lock_timeout = '50ms'"))
        react(writing, goal_id)


def test_several_signals_at_several_workers_are_all_counted(
    session: Session, together: Callable[[Deed], None]
) -> None:
    account = make_account(session)
    make_checklist(session, account, [draft(proof=Proof(kind="question.asked", count=WORKERS))])
    ids = told(session, account, WORKERS)

    together(
        lambda writing, number: checklists.complete_matching_steps(
            writing, SignalsRecorded(signal_ids=(ids[number],)), NOW
        )
    )

    assert session.scalars(select(ChecklistStep.proved_by)).all() == [ids]
    assert events(session, "StepsProved") == 1


def test_a_signal_that_is_taken_back_meanwhile_proves_nothing(
    session: Session, together: Callable[[Deed], None]
) -> None:
    account = make_account(session)
    make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))])
    ids = tuple(told(session, account, 1))

    def act(writing: Session, number: int) -> None:
        if number % 2:
            checklists.complete_matching_steps(writing, SignalsRecorded(signal_ids=ids), NOW)
        else:
            ledger.void(writing, ids, reason="removed", now=NOW)

    together(act)
    checklists.follow_voided(session, SignalsVoided(signal_ids=ids, reason="removed"), NOW)
    session.commit()

    assert session.scalars(select(ChecklistStep.completed_at)).all() == [None]
    assert session.scalars(select(StepEvidence)).all() == []
    corrections = select(func.count()).select_from(Signal).where(Signal.voids_id.is_not(None))
    assert session.scalar(corrections) == 1
    assert events(session, "SignalsVoided") == 1
