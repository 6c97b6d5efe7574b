"""A score of a former day rests on the seats and due days of that day, whenever and why ever it is made."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller, travel

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, FormerSeats
from portal.accounts.service import AccountDetails
from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.clock import site_day, site_day_end, utc_now
from portal.core.outbox import on
from portal.events import FootingChanged, SignalsRecorded, StepCompleted, StepReopened
from portal.health import following, nightly, service
from portal.health.evidence import read_dossier
from portal.health.models import HealthScore
from portal.health.versions.queries import current_model
from portal.onboarding import queries
from portal.onboarding import service as checklists
from portal.onboarding.dates import service as dates
from portal.onboarding.dates.models import FormerDueDay
from portal.onboarding.models import Checklist
from portal.reactions import adoption, scores, steps
from tests.factories import NOW, make_account, make_user
from tests.onboarding.factories import draft, make_checklist

FOLLOWING: Final = (
    *on(FootingChanged, scores.follow_footing),
    *on(SignalsRecorded, adoption.roll_up_days),
    *on(StepCompleted, steps.record_completed_step),
    *on(StepReopened, steps.record_reopened_step),
)
DAY: Final = timedelta(days=1)
TODAY: Final = date(2026, 11, 20)

Act = tuple[str, Any]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with travel(NOW, tick=False) as traveller:
        yield traveller


def make_plan(session: Session) -> Checklist:
    """Make an account with ten days of scores, and a checklist of which one step of three is done."""
    account = make_account(session, seats=4, country="ZZ", started_on=TODAY - 10 * DAY)
    kim = make_user(session, account=account)
    drafts = [
        draft("Import", due_after_days=2),
        draft("Order", due_after_days=1, counted_from="s1"),
        draft("Invite", due_after_days=1),
    ]
    checklist = make_checklist(session, account, drafts, started_on=TODAY - 9 * DAY)
    checklists.complete_step(session, actor=SYSTEM, step_id=checklist.steps[2].id, now=NOW - 5 * DAY)
    tell(session, account, *(place / 3 for place in range(24)), user_id=kim.id)
    checklist_id, account_id = checklist.id, account.id
    work()
    service.rebuild_scores(session, account_id=account_id, now=NOW)
    session.commit()
    return again(session, checklist_id)


def again(session: Session, checklist_id: int) -> Checklist:
    """Read a checklist as it is now, whatever is known of it."""
    session.expunge_all()
    session.rollback()
    return queries.checklist_for(session, SYSTEM, checklist_id)


def tell(session: Session, account: Account, *days_ago: float, user_id: int | None = None) -> None:
    now = utc_now()
    facts = [
        Fact(
            kind="feature.used",
            key=f"{account.id}:{now}:{days}",
            occurred_at=now - days * DAY,
            account_id=account.id,
            user_id=user_id,
        )
        for days in days_ago
    ]
    record(session, facts, now=now)
    session.commit()


def give_seats(session: Session, account: Account, seats: int) -> None:
    known = {name: getattr(account, name) for name in AccountDetails.__dataclass_fields__}
    details = AccountDetails(**known | {"seats": seats})
    accounts.update_account(session, actor=SYSTEM, account_id=account.id, details=details, now=utc_now())
    session.commit()


def choose_day(session: Session, checklist: Checklist, place: int, day: date | None) -> None:
    step_id = checklist.steps[place].id
    mark = dates.preview(session, actor=SYSTEM, step_id=step_id, day=day).mark
    dates.choose_day(session, actor=SYSTEM, step_id=step_id, day=day, agreed=mark, now=utc_now())
    session.commit()


def tick(session: Session, checklist: Checklist, place: int) -> None:
    """Complete a step, or open it again."""
    step = checklist.steps[place]
    change = checklists.reopen_step if step.is_done else checklists.complete_step
    change(session, actor=SYSTEM, step_id=step.id, now=utc_now())
    session.commit()


def work() -> None:
    """Do what a worker does all day."""
    outbox.drain(FOLLOWING)
    following.follow()


def stored(session: Session, account_id: int) -> dict[date, Any]:
    """Return what is stored of an account's scores, by day."""
    session.expunge_all()
    session.rollback()
    rows = session.scalars(select(HealthScore).where(HealthScore.account_id == account_id))
    return {row.day: (row.points_e4, row.coverage_e4, row.components) for row in rows}


def footings(session: Session, account: Account, days: Sequence[date]) -> list[tuple[int, int]]:
    """Return how many seats and due steps an account's scores of some days rest on."""
    model = current_model(session)
    dossier = read_dossier(session, account, model=model, first=min(days), last=max(days))
    return [(known.seats, known.steps_due) for known in map(dossier.as_of, days)]


def more_seats(session: Session, checklist: Checklist) -> None:
    give_seats(session, checklist.account, 40)


def later_steps(session: Session, checklist: Checklist) -> None:
    choose_day(session, checklist, 0, TODAY + 9 * DAY)


@pytest.mark.parametrize("change", [more_seats, later_steps])
def test_a_late_signal_leaves_a_former_day_as_it_would_have_been(
    session: Session, clock: Traveller, change: Callable[[Session, Checklist], None]
) -> None:
    same, changed = make_plan(session), make_plan(session)
    before = stored(session, changed.account_id)
    change(session, again(session, changed.id))
    clock.shift(timedelta(hours=1))
    for checklist in (same, changed):
        tell(session, checklist.account, 3)
    work()
    nightly.score_all(now=utc_now())

    as_it_was, as_it_is = stored(session, same.account_id), stored(session, changed.account_id)
    assert as_it_is.pop(TODAY) != as_it_was.pop(TODAY)
    assert as_it_is == as_it_was
    assert as_it_is[TODAY - 3 * DAY] != before[TODAY - 3 * DAY]
    service.rebuild_scores(session, account_id=changed.account_id, now=utc_now())
    session.commit()
    assert stored(session, changed.account_id) | as_it_was == stored(session, changed.account_id)


def test_a_day_has_the_seats_that_there_were_at_its_end(session: Session, clock: Traveller) -> None:
    """Changed twice on a day, changed and taken back on a day, and around midnight in the site's zone."""
    account = make_account(session, seats=4)
    midnight = site_day_end(TODAY) + timedelta.resolution
    for instant, seats in (
        (NOW, 5),
        (midnight - timedelta.resolution, 6),
        (midnight, 7),
        (midnight + DAY, 8),
        (midnight + DAY, 7),
        (midnight + 4 * DAY, 9),
    ):
        clock.move_to(instant)
        give_seats(session, account, seats)

    days = [TODAY + number * DAY for number in (-400, -1, 0, 1, 2, 3, 4, 5, 6)]
    assert [seats for seats, _due in footings(session, account, days)] == [4, 4, 6, 7, 7, 7, 7, 9, 9]
    session.delete(account)
    session.commit()
    assert session.scalars(select(FormerSeats)).all() == []


def test_a_step_was_due_when_it_was_to_be_at_the_end_of_a_day(session: Session, clock: Traveller) -> None:
    """The first pushes the second. Chosen twice on a day, then freed and chosen again on another."""
    checklist_id = make_plan(session).id
    for days, chosen in ((0, TODAY), (0, TODAY + 5 * DAY), (2, None), (2, TODAY + 5 * DAY), (3, None)):
        clock.move_to(NOW + days * DAY)
        choose_day(session, again(session, checklist_id), 0, chosen)

    days_of_scores = [TODAY + number * DAY for number in (-10, -8, -7, -4, -1, 0, 1, 2, 3)]
    found = footings(session, again(session, checklist_id).account, days_of_scores)
    assert [due for _seats, due in found] == [0, 1, 2, 3, 3, 1, 1, 1, 3]


def test_a_plan_that_begins_changes_the_score_of_today(session: Session) -> None:
    account_id = make_plan(session).account_id
    before = stored(session, account_id)[TODAY]

    account = session.get_one(Account, account_id)
    make_checklist(session, account, [draft("Train", due_after_days=1)], started_on=TODAY - 3 * DAY)
    work()

    assert stored(session, account_id)[TODAY] != before


def test_what_is_left_as_it_is_is_not_noted(session: Session) -> None:
    checklist = make_plan(session)
    give_seats(session, checklist.account, checklist.account.seats)
    choose_day(session, checklist, 1, checklist.steps[1].due_on)

    assert session.scalars(select(FormerSeats)).all() == []
    assert session.scalars(select(FormerDueDay)).all() == []


ACTS: Final[st.SearchStrategy[Act]] = st.one_of(
    st.tuples(st.just("seats"), st.integers(1, 8)),
    st.tuples(st.just("day"), st.tuples(st.integers(0, 2), st.none() | st.integers(0, 20))),
    st.tuples(st.just("signal"), st.integers(0, 9)),
    st.tuples(st.just("tick"), st.integers(0, 2)),
    st.tuples(st.just("work"), st.none()),
)
LIVES: Final = st.lists(st.tuples(st.lists(ACTS, max_size=4), st.booleans()), min_size=1, max_size=5)


def do(session: Session, checklist: Checklist, act: Act) -> None:
    match act:
        case "seats", int(seats):
            give_seats(session, checklist.account, seats)
        case "day", (int(place), after) if not checklist.steps[place].is_done:
            day = None if after is None else checklist.started_on + after * DAY
            choose_day(session, checklist, place, day)
        case "signal", int(days_ago):
            tell(session, checklist.account, days_ago)
        case "tick", int(place):
            tick(session, checklist, place)
        case "work", None:
            work()


def check_that_followed_equals_rebuilt(
    session: Session, clock: Traveller, life: Sequence[tuple[Sequence[Act], bool]]
) -> None:
    """Live through some days, each with acts and a night or none; then make everything again."""
    clock.move_to(NOW)
    checklist = make_plan(session)
    account_id, checklist_id = checklist.account_id, checklist.id
    known: dict[date, tuple[int, int]] = {}
    for acts, has_night in life:
        for act in acts:
            clock.shift(timedelta(minutes=1))
            do(session, again(session, checklist_id), act)
        today, checklist = site_day(utc_now()), again(session, checklist_id)
        known[today] = checklist.account.seats, sum(step.due_on <= today for step in checklist.steps)
        clock.move_to(datetime.combine(today + DAY, NOW.timetz()))
        if has_night:
            nightly.score_all(now=utc_now())
    work()
    nightly.score_all(now=utc_now())

    followed = stored(session, account_id)
    assert footings(session, session.get_one(Account, account_id), list(known)) == list(known.values())
    service.rebuild_scores(session, account_id=account_id, now=utc_now())
    session.commit()
    rebuilt = stored(session, account_id)
    assert {day: rebuilt[day] for day in followed} == followed


@settings(max_examples=10)  # Each works through several days.
@given(LIVES)
def test_scores_that_were_followed_are_those_that_are_rebuilt(
    session: Session, clock: Traveller, life: list[tuple[list[Act], bool]]
) -> None:
    check_that_followed_equals_rebuilt(session, clock, life)


@pytest.mark.slow
@settings(max_examples=150)
@given(LIVES)
def test_they_stay_so_however_long_one_looks_for_a_counterexample(
    session: Session, clock: Traveller, life: list[tuple[list[Act], bool]]
) -> None:
    check_that_followed_equals_rebuilt(session, clock, life)
