"""Accounts move from phase to phase by rule, and each move is a fact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, User
from portal.adoption.models import Signal
from portal.core.clock import site_day_end
from portal.core.errors import NotFoundError
from portal.health.models import HealthScore
from portal.health.phases import service
from portal.health.phases.models import AccountPhase, Ground, Phase
from portal.health.phases.queries import stay_for
from portal.health.phases.rules import UNPLANNED_DAYS, WELL_DAYS, Circumstances, Move, next_move
from portal.onboarding import service as onboarding
from tests.factories import NOW, actor_of, make_account, make_user
from tests.onboarding.factories import draft, make_checklist, make_goal

Browse = Callable[[User], FlaskClient]

TODAY = date(2026, 11, 20)
DONE_AT = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
NEW = Circumstances(
    checklists=1, all_done_at=None, days=10, well_days=0, is_at_risk=False, goals=0, goals_reached=0
)


@pytest.mark.parametrize(
    ("phase", "now", "expected"),
    [
        (Phase.ONBOARDING, NEW, None),
        (
            Phase.ONBOARDING,
            replace(NEW, all_done_at=DONE_AT),
            Move(phase=Phase.ADOPTION, ground=Ground.CHECKLISTS_DONE, at=DONE_AT),
        ),
        (Phase.ONBOARDING, replace(NEW, days=UNPLANNED_DAYS), None),
        (Phase.ONBOARDING, replace(NEW, checklists=0, days=UNPLANNED_DAYS - 1), None),
        (
            Phase.ONBOARDING,
            replace(NEW, checklists=0, days=UNPLANNED_DAYS),
            Move(phase=Phase.ADOPTION, ground=Ground.TIME_PASSED),
        ),
        (Phase.ADOPTION, replace(NEW, well_days=WELL_DAYS - 1), None),
        (Phase.ADOPTION, replace(NEW, well_days=WELL_DAYS, goals=2), None),
        (
            Phase.ADOPTION,
            replace(NEW, well_days=WELL_DAYS, goals=2, goals_reached=1),
            Move(phase=Phase.EXPANSION, ground=Ground.DOING_WELL),
        ),
        (
            Phase.ADOPTION,
            replace(NEW, well_days=WELL_DAYS),
            Move(phase=Phase.EXPANSION, ground=Ground.DOING_WELL),
        ),
        (Phase.EXPANSION, replace(NEW, well_days=3), None),
        (Phase.EXPANSION, replace(NEW, is_at_risk=True), Move(phase=Phase.ADOPTION, ground=Ground.AT_RISK)),
    ],
)
def test_what_moves_an_account(phase: Phase, now: Circumstances, expected: Move | None) -> None:
    assert next_move(phase, now) == expected


circumstances = st.builds(
    Circumstances,
    checklists=st.integers(0, 3),
    all_done_at=st.sampled_from([None, DONE_AT]),
    days=st.integers(0, 400),
    well_days=st.integers(0, WELL_DAYS),
    is_at_risk=st.booleans(),
    goals=st.integers(0, 3),
    goals_reached=st.integers(0, 3),
)


@given(st.sampled_from(Phase), circumstances)
def test_an_account_moves_by_one_phase_and_never_back_into_onboarding(
    phase: Phase, now: Circumstances
) -> None:
    if move := next_move(phase, now):
        order = list(Phase)
        assert abs(order.index(move.phase) - order.index(phase)) == 1
        assert move.phase is not Phase.ONBOARDING


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, started_on=TODAY - timedelta(days=60))


def follow(session: Session, day: date = TODAY) -> int:
    moved = service.follow(session, day=day, now=NOW)
    session.commit()
    session.expire_all()
    return moved


def stay(account: Account, phase: Phase) -> AccountPhase:
    """Let an account have come into a phase some time ago."""
    return AccountPhase(
        account_id=account.id,
        phase=phase,
        since=DONE_AT,
        moved_on=DONE_AT.date(),
        ground=Ground.CHECKLISTS_DONE,
    )


def score(session: Session, account: Account, *bands: str, last: date = TODAY) -> None:
    """Give an account a band at the end of each of so many days, the last one on a day."""
    for ago, band in enumerate(reversed(bands)):
        day = last - timedelta(days=ago)
        session.add(
            HealthScore(
                account_id=account.id,
                day=day,
                model="v1",
                as_of=site_day_end(day),
                points_e4=500_000,
                coverage_e4=10_000,
                band=band,
                components=[],
                is_settled=True,
            )
        )
    session.commit()


def entered(session: Session) -> list[tuple[object, ...]]:
    rows = session.scalars(select(Signal).where(Signal.kind == "phase.entered").order_by(Signal.id))
    return [(row.data["before"], row.data["phase"], row.data["ground"], row.occurred_at) for row in rows]


def test_the_last_required_step_ends_the_onboarding(session: Session, account: Account) -> None:
    drafts = [draft("One"), draft("Two", is_required=False)]
    first = make_checklist(session, account, drafts).steps[0].id
    last = make_checklist(session, account, [draft("Three")]).steps[0].id
    at = DONE_AT + timedelta(days=3)
    onboarding.complete_step(session, actor=SYSTEM, step_id=first, now=DONE_AT)
    session.commit()
    assert follow(session) == 0

    onboarding.complete_step(session, actor=SYSTEM, step_id=last, now=at)
    session.commit()

    assert (follow(session), follow(session)) == (1, 0)
    row = session.get_one(AccountPhase, account.id)
    assert (row.phase, row.since, row.ground) == (Phase.ADOPTION, at, Ground.CHECKLISTS_DONE)
    assert entered(session) == [("onboarding", "adoption", "checklists_done", at)]


def test_what_was_done_later_moves_nobody_earlier(session: Session, account: Account) -> None:
    (step,) = make_checklist(session, account, [draft("One")]).steps
    onboarding.complete_step(session, actor=SYSTEM, step_id=step.id, now=DONE_AT)
    session.commit()

    assert follow(session, DONE_AT.date() - timedelta(days=1)) == 0


def test_an_account_expands_and_falls_back(session: Session, account: Account) -> None:
    session.add(stay(account, Phase.ADOPTION))
    score(session, account, "watch", *["healthy"] * WELL_DAYS, "at_risk")

    yesterday = TODAY - timedelta(days=1)
    assert follow(session, yesterday - timedelta(days=1)) == 0
    assert (follow(session, yesterday), follow(session, yesterday)) == (1, 0)
    assert follow(session, TODAY) == 1

    assert entered(session) == [
        ("adoption", "expansion", "doing_well", site_day_end(yesterday)),
        ("expansion", "adoption", "at_risk", site_day_end(TODAY)),
    ]


def test_an_account_moves_once_a_day_however_often_it_is_asked(session: Session, account: Account) -> None:
    account.started_on = TODAY - timedelta(days=UNPLANNED_DAYS + 30)
    score(session, account, *["healthy"] * WELL_DAYS)

    assert [follow(session) for _ in range(3)] == [1, 0, 0]
    assert follow(session, TODAY + timedelta(days=1)) == 0
    score(session, account, "healthy", last=TODAY + timedelta(days=1))
    assert [follow(session, TODAY + timedelta(days=1)) for _ in range(2)] == [1, 0]


def test_a_score_that_is_not_final_moves_nobody(session: Session, account: Account) -> None:
    session.add(stay(account, Phase.EXPANSION))
    score(session, account, "at_risk")
    session.execute(update(HealthScore).values(is_settled=False))
    session.commit()

    assert follow(session) == 0


def test_a_checklist_that_begins_later_is_one(session: Session, account: Account) -> None:
    account.started_on = TODAY - timedelta(days=UNPLANNED_DAYS)
    make_checklist(session, account, started_on=TODAY + timedelta(days=1))

    assert follow(session) == 0
    assert stay_for(session, SYSTEM, account.id, day=TODAY).now.checklists == 1


def test_an_agreed_goal_has_to_be_reached_before(session: Session, account: Account) -> None:
    session.add(stay(account, Phase.ADOPTION))
    score(session, account, *["healthy"] * WELL_DAYS)
    goal = make_goal(session, make_checklist(session, account))
    session.commit()
    assert follow(session) == 0

    goal.reached_at = NOW - timedelta(days=1)
    session.commit()

    assert follow(session) == 1


def test_who_has_left_moves_no_more(session: Session, account: Account) -> None:
    account.status, account.started_on = AccountStatus.CHURNED, TODAY - timedelta(days=500)
    session.commit()

    assert follow(session) == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Adoption", "All required steps of its checklists are done.", "healthy on 0")),
        ("ja", ("アダプション", "チェックリストの必須ステップがすべて完了しました。", "0日")),
    ],
)
def test_staff_see_the_phase_and_what_moves_it(
    session: Session, account: Account, browser_of: Browse, language: str, words: tuple[str, ...]
) -> None:
    staff = browser_of(make_user(session))
    (step,) = make_checklist(session, account, [draft("One")]).steps
    onboarding.complete_step(session, actor=SYSTEM, step_id=step.id, now=DONE_AT)
    session.commit()
    follow(session)

    page = staff.get(f"/staff/accounts/{account.id}", headers={"Accept-Language": language}).text

    assert [word for word in words if word not in page] == []


def test_customers_do_not_see_it(session: Session, account: Account) -> None:
    member = make_user(session, account=account)

    with pytest.raises(NotFoundError):
        stay_for(session, actor_of(member), account.id, day=TODAY)
    assert isinstance(stay_for(session, SYSTEM, account.id, day=TODAY).now, Circumstances)
