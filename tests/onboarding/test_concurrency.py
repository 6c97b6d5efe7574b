"""Several people do something to one checklist at the same moment, each in a session of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor, Role
from portal.accounts.models import Account
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, NotFoundError
from portal.onboarding import queries, service
from portal.onboarding.dates import service as dates
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.queries import map_for
from portal.onboarding.models import Checklist
from portal.onboarding.nudges import service as nudges
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.nudges.rules import MOST_A_WEEK, Site
from portal.onboarding.quizzes import service as quizzes
from portal.onboarding.talk import service as talk
from portal.onboarding.updates import service as updates
from tests.factories import actor_of, make_account, make_user
from tests.onboarding.factories import draft, make_checklist, quiz_draft

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PEOPLE = 4
WAITING = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")

AtOnce = Callable[[Callable[[Session, int], object]], list[bool]]


@pytest.fixture
def at_once(app: Flask, session: Session) -> AtOnce:
    """Let several people act at the same moment; tell who was not refused."""
    barrier = Barrier(PEOPLE, timeout=30)

    def run(work: Callable[[Session, int], object]) -> list[bool]:
        session.rollback()

        def act(number: int) -> bool:
            with app.app_context():
                barrier.wait()
                try:
                    with transaction(wake=False) as own:
                        work(own, number)
                except ConflictError:
                    return False
                return True

        with ThreadPoolExecutor(PEOPLE) as threads:
            done = list(threads.map(act, range(PEOPLE)))
        session.expire_all()
        return done

    return run


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, country="ZZ")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    drafts = [draft("Import", due_after_days=4), draft("Order", due_after_days=9, needs=["s1"]), quiz_draft()]
    return make_checklist(session, account, drafts, started_on=date(2026, 11, 2))


@pytest.fixture
def members(session: Session, account: Account) -> list[Actor]:
    return [actor_of(make_user(session, account=account)) for _ in range(PEOPLE)]


def count(session: Session, act: Act) -> int:
    query = select(func.count()).select_from(ChecklistAct).where(ChecklistAct.act == act)
    return session.scalar(query) or 0


def again(session: Session, checklist: Checklist) -> Checklist:
    return queries.checklist_for(session, SYSTEM, checklist.id)


def test_only_one_of_several_previews_is_carried_out(
    session: Session, at_once: AtOnce, checklist: Checklist
) -> None:
    step_id = checklist.steps[0].id
    days = [date(2026, 11, 20) + timedelta(days=number) for number in range(PEOPLE)]
    marks = [dates.preview(session, actor=SYSTEM, step_id=step_id, day=day).mark for day in days]

    done = at_once(
        lambda own, number: dates.choose_day(
            own, actor=SYSTEM, step_id=step_id, day=days[number], agreed=marks[number], now=NOW
        )
    )

    assert done.count(True) == count(session, Act.DAY_CHOSEN) == 1
    assert again(session, checklist).steps[0].chosen_on == days[done.index(True)]


def test_a_quiz_passed_by_several_is_passed_once(
    session: Session, at_once: AtOnce, checklist: Checklist, members: list[Actor]
) -> None:
    step_id = checklist.steps[2].id

    done = at_once(
        lambda own, number: quizzes.take(
            own, actor=members[number], step_id=step_id, language="en", chosen={0: 1, 1: 0}, now=NOW
        )
    )

    assert all(done)
    assert count(session, Act.QUIZ_PASSED) == 1


def test_a_checklist_moves_once_and_no_tick_is_lost(
    session: Session, at_once: AtOnce, checklist: Checklist
) -> None:
    checklist_id, step_id = checklist.id, checklist.steps[0].id
    maps.add_step(session, actor=SYSTEM, map_id=checklist.success_map_id, draft=draft("Invoice"))
    maps.publish(session, actor=SYSTEM, map_id=checklist.success_map_id, now=NOW)
    session.commit()
    mark = updates.preview(session, actor=SYSTEM, checklist_id=checklist_id).mark

    def act(own: Session, number: int) -> None:
        if number:
            updates.move(own, actor=SYSTEM, checklist_id=checklist_id, agreed=mark, now=NOW)
        else:
            service.complete_step(own, actor=SYSTEM, step_id=step_id, now=NOW)

    done = at_once(act)

    assert done[0]
    assert done[1:].count(True) == count(session, Act.MOVED) <= 1
    steps = again(session, checklist).steps
    assert steps[0].is_done
    assert len(steps) == 3 + count(session, Act.MOVED)


def test_a_comment_on_a_step_that_goes_meanwhile_is_refused(
    app: Flask, session: Session, checklist: Checklist, members: list[Actor]
) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("writers take turns")
    checklist_id, step_id, map_id = checklist.id, checklist.steps[2].id, checklist.success_map_id
    last = map_for(session, SYSTEM, map_id).latest.steps[2]
    maps.remove_step(session, actor=SYSTEM, step_id=last.id)
    maps.publish(session, actor=SYSTEM, map_id=map_id, now=NOW)
    session.commit()
    mark = updates.preview(session, actor=SYSTEM, checklist_id=checklist_id).mark

    def say() -> None:
        with app.app_context(), transaction(wake=False) as own:
            talk.comment(own, actor=members[0], step_id=step_id, body="How far are we?", now=NOW)

    with ThreadPoolExecutor(1) as threads:
        with transaction(wake=False) as own:
            updates.move(own, actor=SYSTEM, checklist_id=checklist_id, agreed=mark, now=NOW)
            own.flush()
            said = threads.submit(say)
            while not said.done() and not own.scalar(WAITING):
                pass
        with pytest.raises(NotFoundError):
            said.result()


def test_several_who_remind_one_person_at_once_stay_within_the_most(
    session: Session, at_once: AtOnce, account: Account
) -> None:
    champion = make_user(session, account=account, role=Role.CHAMPION)
    staff = actor_of(make_user(session))
    steps = [make_checklist(session, account).steps[0].id for _ in range(PEOPLE)]
    site = Site(name="Engawa", address="https://portal.test", language="en")

    def send(own: Session, number: int) -> None:
        today = NOW.date()
        nudges.send(own, actor=staff, step_ids=[steps[number]], site=site, today=today, now=NOW)

    assert all(at_once(send))
    assert session.scalars(select(Nudge.user_id)).all() == [champion.id] * MOST_A_WEEK


def test_what_reaches_a_person_at_once_stays_within_the_most(
    session: Session, at_once: AtOnce, account: Account
) -> None:
    champion = make_user(session, account=account, role=Role.CHAMPION)
    step = make_checklist(session, account).steps[0]
    about = {"checklist_id": step.checklist_id, "step_id": step.id, "user_id": champion.id}
    waiting = [Nudge(**about, text="Hi", state=NudgeState.QUEUED, made_at=NOW) for _ in range(PEOPLE)]
    session.add_all(waiting)
    session.commit()
    ids = [nudge.id for nudge in waiting]

    assert all(at_once(lambda own, number: nudges.deliver(own, nudge_id=ids[number], now=NOW)))
    states = list(session.scalars(select(Nudge.state)))
    assert states.count(NudgeState.SENT) == MOST_A_WEEK
    assert states.count(NudgeState.DROPPED) == PEOPLE - MOST_A_WEEK
