"""Goals that count signals, what the ledger says of goals, and who hears of those that are reached."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM
from portal.adoption.models import PersonDay, Signal
from portal.adoption.service import PORTAL, Fact, record, restore, roll_up, void
from portal.events import (
    GoalReached,
    GoalReopened,
    GoalsAsked,
    SignalsRecorded,
    SignalsRestored,
    SignalsVoided,
)
from portal.notifications.service import News, tell, untell
from portal.onboarding.evidence.service import Since
from portal.onboarding.goals import queries, service
from portal.onboarding.goals.models import Goal
from portal.onboarding.goals.rules import Tally
from portal.onboarding.goals.subjects import path_of_goal
from portal.onboarding.models import Checklist
from portal.reactions.checklists import happened_since

REACHED: Final = "goal.reached"
REACHED_AGAIN, NOT_REACHED = "reached_again", "not_reached"


def count_again(
    session: Session, event: SignalsRecorded | SignalsRestored | SignalsVoided, now: datetime
) -> None:
    """The goals of the accounts that count signals of these kinds have their values from the ledger again.

    The days of these signals are counted first: whatever else is still on its way, what is read is so by now.
    """
    kinds = select(Signal.account_id, Signal.kind).where(
        Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None)
    )
    if goal_ids := queries.goals_counting(session, kinds.distinct().subquery()):
        service.hold_goals(session, goal_ids)
        roll_up(session, event.signal_ids)
        service.recount(session, goal_ids, _ledger(session), now=now)


def count_asked(session: Session, event: GoalsAsked, now: datetime) -> None:
    """New goals, and those whose value another day changes, have their values from the ledger."""
    service.recount(session, event.goal_ids, _ledger(session), now=now)


def _ledger(session: Session) -> service.Ledger:
    return service.Ledger(facts=partial(happened_since, session), tallies=partial(_tallies, session))


def _tallies(session: Session, since: Since) -> Mapping[tuple[int, str], Sequence[Tally]]:
    """Read how many signals of accounts and kinds each day had, for each from a day on."""
    return {
        (account_id, kind): [
            Tally(day=day, times=times, moment=partial(_moment, session, account_id, kind, day))
            for day, times in _days(session, account_id, kind, start).items()
        ]
        for (account_id, kind), start in since.items()
    }


def _days(session: Session, account_id: int, kind: str, start: date) -> Mapping[date, int]:
    """Add up the people of each day, the earliest first."""
    days: Counter[date] = Counter()
    rows = session.execute(
        select(PersonDay.day, PersonDay.signals)
        .where(PersonDay.account_id == account_id, PersonDay.kind == kind, PersonDay.day >= start)
        .order_by(PersonDay.day)
    )
    for day, signals in rows:
        days[day] += signals
    return days


def _moment(session: Session, account_id: int, kind: str, day: date, number: int) -> datetime | None:
    """Return when the signal with a number from 1 of a day was; None if there are fewer by now."""
    of_day = (Signal.account_id == account_id, Signal.kind == kind, Signal.day == day)
    query = select(Signal.occurred_at).where(*of_day, Signal.left_out_as.is_(None))
    return next(islice(sorted(session.scalars(query)), number - 1, None), None)


def record_reached(session: Session, event: GoalReached, now: datetime) -> None:
    """The ledger says that a goal is reached, once, at the moment that is known first."""
    goal = _goal(session, event.goal_id)
    if goal is None or goal.reached_at is None:
        return
    fact = Fact(
        kind=REACHED,
        key=_key(goal.id),
        occurred_at=goal.reached_at,
        account_id=goal.checklist.account_id,
        subject=f"goal:{goal.id}",
    )
    if not record(session, [fact], now=now):
        restore(session, _told(session, goal.id), reason=REACHED_AGAIN, now=now)


def take_back_reached(session: Session, event: GoalReopened, now: datetime) -> None:
    """What the ledger says of a goal, and people have not read yet, is not so; unless it is by now."""
    goal = _goal(session, event.goal_id)
    if goal is None or goal.reached_at is None:
        void(session, _told(session, event.goal_id), reason=NOT_REACHED, now=now)
        untell(session, cause=_key(event.goal_id))


def tell_reached(session: Session, event: GoalReached, now: datetime) -> None:
    """The champion and the CS manager of the account hear of a goal that is reached."""
    goal = _goal(session, event.goal_id)
    if goal is None or goal.reached_at is None:
        return
    account = goal.checklist.account
    members = accounts.members_for(session, SYSTEM, account.id)
    champions = [member.id for member in members if member.as_actor().is_champion]
    tell(
        session,
        News(
            kind="goal_reached",
            params={"name": account.name, "title": goal.outcome},
            path=path_of_goal(goal.id),
            cause=_key(goal.id),
            subject=f"goal:{goal.id}",
        ),
        to=[*champions, *([account.manager_id] if account.manager_id else [])],
        now=now,
    )


def _goal(session: Session, goal_id: int) -> Goal | None:
    """Return a goal with its account, whose checklist is held; None if someone has removed it."""
    service.hold_goals(session, [goal_id])
    account = joinedload(Goal.checklist).joinedload(Checklist.account)
    return session.get(Goal, goal_id, options=[account], populate_existing=True)


def _key(goal_id: int) -> str:
    return f"{REACHED}:{goal_id}"


def _told(session: Session, goal_id: int) -> Sequence[int]:
    """Return which signal says that a goal is reached."""
    return session.scalars(
        select(Signal.id).where(Signal.source == PORTAL, Signal.key == _key(goal_id))
    ).all()
