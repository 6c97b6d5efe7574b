"""Goals that count signals, what the ledger says of goals, and who hears: whatever comes when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal import worker
from portal.accounts.actors import Role
from portal.accounts.models import Account, User
from portal.adoption import service as ledger
from portal.adoption.models import Signal
from portal.adoption.service import Fact, record
from portal.core.activity import LeftOut
from portal.core.clock import site_day, site_day_end
from portal.core.outbox import Event
from portal.events import (
    GoalReached,
    GoalReopened,
    GoalsAsked,
    SignalsRecorded,
    SignalsRestored,
    SignalsVoided,
)
from portal.notifications.models import Notice
from portal.onboarding.goals import service
from portal.onboarding.goals.models import Direction, Goal
from portal.onboarding.goals.rules import Count
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist
from portal.reactions import goals
from tests.factories import actor_of, make_account, make_user
from tests.onboarding.factories import STARTED_ON, goal_draft, make_checklist, make_goal
from tests.reactions.news import News, Reaction
from tests.statements import steps_of_the_database

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KIND = "question.asked"
_keys = count(1)

COUNTS = (
    (Direction.AT_LEAST, Count(kind=KIND)),
    (Direction.AT_LEAST, Count(kind=KIND, of_people=True)),
    (Direction.AT_LEAST, Count(kind=KIND, last_days=4)),
    (Direction.AT_LEAST, Count(kind=KIND, where={"subject": ("topic:1",)})),
    (Direction.AT_MOST, Count(kind=KIND, last_days=3)),
    (Direction.AT_MOST, Count(kind=KIND, of_people=True)),
)

REACTS: dict[type[Event], tuple[Reaction, ...]] = {
    SignalsRecorded: (goals.count_again,),
    SignalsRestored: (goals.count_again,),
    SignalsVoided: (goals.count_again,),
    GoalsAsked: (goals.count_asked,),
    GoalReached: (goals.record_reached, goals.tell_reached),
    GoalReopened: (goals.take_back_reached,),
}


def recounted(session: Session, goal: Goal) -> tuple[float, datetime | None]:
    """Count a goal anew from the whole ledger, the slow way."""
    signals = session.scalars(
        select(Signal).where(Signal.account_id == goal.checklist.account_id, Signal.kind == goal.kind)
    )
    subjects = goal.conditions.get("subject")
    facts = sorted(
        (one.occurred_at, one.id, one.day, one.person)
        for one in signals
        if one.left_out_as is None
        and one.day >= goal.checklist.started_on
        and (subjects is None or one.subject in subjects)
        and not (goal.counts_people and one.person is None)
    )

    def value(day: date, until: datetime) -> int:
        since = day - timedelta(days=goal.last_days - 1) if goal.last_days else date.min
        counting = [person for at, _id, of, person in facts if since <= of <= day and at <= until]
        return len(set(counting)) if goal.counts_people else len(counting)

    today, end = site_day(NOW), datetime.max.replace(tzinfo=UTC)
    if goal.direction is Direction.AT_LEAST:
        met = [at for at, _id, day, _person in facts if value(day, at) >= goal.target]
        return value(today, end), min(met, default=None)
    if goal.last_days is None:
        days, last = [goal.due_on], min(today, goal.due_on)
    else:
        first = goal.checklist.started_on + timedelta(days=goal.last_days - 1)
        days, last = [first + timedelta(days=number) for number in range(100)], today
    kept = [site_day_end(day) for day in days if day < today and value(day, end) <= goal.target]
    return value(last, end), min(kept, default=None)


def check(session: Session, checklist: Checklist) -> None:
    """See that every goal stands as a recount of the ledger says, and the ledger says how it stands."""
    session.expunge_all()
    query = select(Goal).options(joinedload(Goal.checklist)).where(Goal.checklist_id == checklist.id)
    for goal in session.scalars(query).all():
        assert (goal.value, goal.reached_at) == recounted(session, goal)
        told = session.scalars(select(Signal).where(Signal.key == f"goal.reached:{goal.id}")).all()
        assert [one.left_out_as is None for one in told] in ([goal.reached_at is not None], [])
        assert told or goal.reached_at is None


told_facts = st.tuples(
    st.integers(0, 17),
    st.sampled_from([None, "user:1", "user:2", "user:3"]),
    st.sampled_from(["topic:1", "topic:2"]),
)
deeds = st.one_of(
    st.tuples(st.just("tell"), st.lists(told_facts, min_size=1, max_size=4)),
    st.tuples(st.just("void"), st.integers(0, 30)),
    st.tuples(st.just("restore"), st.integers(0, 30)),
    st.tuples(st.just("deliver"), st.just(0)),
)


def fact_of(account: Account, day: int, person: str | None, subject: str) -> Fact:
    """Make a fact some days after the start; no two are of the same moment."""
    number = next(_keys)
    return Fact(
        kind=KIND,
        key=f"told:{number}",
        occurred_at=datetime.combine(STARTED_ON, time(1), UTC) + timedelta(days=day, milliseconds=number),
        account_id=account.id,
        person=person,
        subject=subject,
    )


@given(st.lists(deeds, max_size=10), st.integers(1, 3), st.integers(0, 1000))
def test_goals_stand_as_a_recount_says_whatever_comes_when(
    session: Session, happenings: list[tuple[str, Any]], target: int, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311  # Chance, not secrecy.
    news, account = News(session, REACTS, now=NOW), make_account(session)
    checklist = make_checklist(session, account)
    for direction, counts in COUNTS:
        due_on = STARTED_ON + timedelta(days=12)
        make_goal(session, checklist, counted(counts, direction=direction, target=target, due_on=due_on))
    signal_ids: list[int] = []

    for kind, value in happenings:
        session.expunge_all()
        if kind == "tell":
            signal_ids += record(session, [fact_of(account, *one) for one in value], now=NOW)
        elif kind in {"void", "restore"} and signal_ids:
            change = ledger.void if kind == "void" else ledger.restore
            change(session, [signal_ids[value % len(signal_ids)]], reason="removed", now=NOW)
        session.commit()
        if kind == "deliver":
            news.catch_up(chance)
    news.catch_up(chance)
    news.settle()

    check(session, checklist)


def counted(counts: Count, **wishes: Any) -> service.GoalDraft:
    return goal_draft(**({"count": counts, "baseline": None, "target": 2} | wishes))


@pytest.fixture
def manager(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def account(session: Session, manager: User) -> Account:
    return make_account(session, manager_id=manager.id)


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION)


@pytest.fixture
def goal(session: Session, account: Account, champion: User) -> Goal:
    """Two questions are to be asked."""
    make_user(session, account=account)
    return make_goal(session, make_checklist(session, account), counted(Count(kind=KIND)))


Work = Callable[[], None]


def ask(session: Session, account: Account, work: Work, *days: int) -> list[int]:
    ids = record(session, [fact_of(account, day, "user:1", "topic:1") for day in days], now=NOW)
    session.commit()
    work()
    return ids


def standing(session: Session, goal: Goal) -> tuple[float | None, bool, list[str | None]]:
    """Return the value, whether it is reached, and what marks the signals that say so."""
    query = select(Signal.left_out_as).where(
        Signal.kind == "goal.reached", Signal.subject == f"goal:{goal.id}"
    )
    told, now = session.scalars(query).all(), as_it_is(session, goal)
    return now.value, now.reached_at is not None, list(told)


def as_it_is(session: Session, goal: Goal) -> Goal:
    return session.get_one(Goal, goal.id, populate_existing=True)


def acts(session: Session) -> list[Act]:
    return list(session.scalars(select(ChecklistAct.act).order_by(ChecklistAct.id)))


def test_a_reached_goal_is_told_once_to_champion_and_manager(
    session: Session, work: Work, account: Account, champion: User, manager: User, goal: Goal
) -> None:
    ask(session, account, work, 1)
    assert standing(session, goal) == (1, False, [])

    ask(session, account, work, 2)
    ask(session, account, work, 3, 4)

    assert standing(session, goal) == (4, True, [None])
    told = session.execute(select(Notice.user_id, Notice.kind, Notice.path).order_by(Notice.user_id)).all()
    path = f"/onboarding/goals/{goal.id}"
    assert told == [(who, "goal_reached", path) for who in sorted([champion.id, manager.id])]
    assert acts(session) == [Act.STARTED, Act.GOAL_SET, Act.GOAL_REACHED]


def test_what_is_voided_reaches_nothing_until_it_is_reached_again(
    session: Session, work: Work, account: Account, goal: Goal
) -> None:
    _first, second = ask(session, account, work, 1, 2)

    ledger.void(session, [second], reason="removed", now=NOW)
    session.commit()
    work()
    assert standing(session, goal) == (1, False, [LeftOut.VOIDED])
    assert session.scalars(select(Notice)).all() == []

    ask(session, account, work, 9)
    assert standing(session, goal) == (2, True, [None])
    reached_at = as_it_is(session, goal).reached_at
    assert reached_at is not None
    assert site_day(reached_at) == STARTED_ON + timedelta(days=9)
    assert acts(session)[2:] == [Act.GOAL_REACHED, Act.GOAL_REOPENED, Act.GOAL_REACHED]


def test_a_notice_that_was_read_is_not_told_again(
    session: Session, work: Work, account: Account, champion: User, goal: Goal
) -> None:
    (_first, second) = ask(session, account, work, 1, 2)
    for notice in session.scalars(select(Notice)):
        notice.read_at = NOW
    session.commit()

    for change in (ledger.void, ledger.restore):
        change(session, [second], reason="removed", now=NOW)
        session.commit()
        work()

    assert standing(session, goal) == (2, True, [None])
    assert len(session.scalars(select(Notice)).all()) == 2


def test_a_new_goal_counts_what_happened_before_it_was_set(
    session: Session, work: Work, account: Account, champion: User
) -> None:
    checklist = make_checklist(session, account)
    ask(session, account, work, 1, 2)
    goal = make_goal(session, checklist, counted(Count(kind=KIND)))
    assert goal.value is None

    work()

    assert standing(session, goal) == (2, True, [None])


def test_a_goal_that_asks_for_more_is_not_reached(
    session: Session, work: Work, account: Account, champion: User, goal: Goal
) -> None:
    ask(session, account, work, 1, 2)
    draft = counted(Count(kind=KIND), target=5)

    service.change_goal(session, actor=actor_of(champion), goal_id=goal.id, draft=draft, edition=1, now=NOW)
    session.commit()
    work()

    assert standing(session, goal) == (2, False, [LeftOut.VOIDED])


def test_what_was_reached_stays_so_when_the_goal_is_dropped(
    session: Session, work: Work, account: Account, champion: User, goal: Goal
) -> None:
    ask(session, account, work, 1, 2)
    goal_id = goal.id

    service.drop_goal(session, actor=actor_of(champion), goal_id=goal_id, now=NOW)
    session.commit()
    work()
    ask(session, account, work, 3)

    kept = session.scalars(select(Signal.left_out_as).where(Signal.key == f"goal.reached:{goal_id}")).all()
    assert kept == [None]


def test_other_accounts_and_what_figures_leave_out_count_for_nothing(
    session: Session, work: Work, account: Account, goal: Goal
) -> None:
    other = make_account(session)
    ask(session, other, work, 1, 2)
    left_out = Fact(kind=KIND, key="bot", occurred_at=NOW, account_id=account.id, left_out_as=LeftOut.BOT)
    record(session, [left_out], now=NOW)
    session.commit()
    work()

    assert standing(session, goal) == (0, False, [])


def test_a_new_day_changes_what_counts(session: Session, account: Account) -> None:
    news, last = News(session, REACTS, now=NOW), STARTED_ON + timedelta(days=18)
    checklist = make_checklist(session, account)
    window = make_goal(session, checklist, counted(Count(kind=KIND, last_days=10)))
    kept = make_goal(session, checklist, counted(Count(kind=KIND), direction=Direction.AT_MOST, due_on=last))
    make_goal(session, checklist, counted(Count(kind=KIND)))
    record(session, [fact_of(account, 9, "user:1", "topic:1")], now=NOW)
    session.commit()
    news.settle()
    assert (as_it_is(session, window).value, as_it_is(session, kept).reached_at) == (1, None)

    tomorrow = NOW + timedelta(days=1)
    service.ask_again(session, now=NOW)
    assert news.fresh() == []
    service.ask_again(session, now=tomorrow)
    (event,) = news.fresh()
    assert event == GoalsAsked(goal_ids=(window.id, kept.id))
    goals.count_asked(session, event, tomorrow)
    session.commit()

    assert as_it_is(session, window).value == 0
    assert as_it_is(session, kept).reached_at == site_day_end(last)


def cost(session: Session, *, times: int) -> int:
    """Return the database's instructions that a few new signals cost two goals, one of them reached."""
    account = make_account(session)
    checklist = make_checklist(session, account, started_on=NOW.date() - timedelta(days=100))
    for target in (5, 10**6):
        make_goal(session, checklist, counted(Count(kind=KIND), target=target))
    days_ago = (max(100 - number, 1 + number % 50) for number in range(50 * times))
    question = fact_of(account, 0, "user:1", "topic:1")
    facts = [
        replace(question, key=f"past:{account.id}:{number}", occurred_at=NOW - timedelta(days=ago))
        for number, ago in enumerate(days_ago)
    ]
    old = record(session, facts, now=NOW)
    goals.count_again(session, SignalsRecorded(signal_ids=tuple(old)), NOW)
    new = [record(session, [fact_of(account, 18, None, "topic:1")], now=NOW) for _ in range(5)]
    session.commit()
    with steps_of_the_database() as counted_steps:
        for ids in new:
            goals.count_again(session, SignalsRecorded(signal_ids=tuple(ids)), NOW)
    session.commit()
    values = session.scalars(select(Goal.value).where(Goal.checklist_id == checklist.id))
    assert set(values) == {len(facts) + 5}
    return sum(counted_steps)


def test_a_new_signal_costs_the_same_whatever_the_past(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("Only SQLite counts its instructions.")
    cost(session, times=1)

    once, ten, hundred = (cost(session, times=times) for times in (1, 10, 100))

    assert max(ten, hundred) <= 1.5 * once + 1000, (once, ten, hundred)


def test_the_clock_has_goals_counted(session: Session, account: Account, work: Work) -> None:
    draft = counted(Count(kind=KIND, last_days=10))
    goal = make_goal(session, make_checklist(session, account), draft)
    goal.read_on = STARTED_ON
    session.commit()
    news = News(session, REACTS, now=NOW)

    worker.count_goals()

    assert news.fresh() == [GoalsAsked(goal_ids=(goal.id,))]
