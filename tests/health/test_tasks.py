"""Tasks about renewals appear by rule, go by themselves, and are closed by staff with a note."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, User
from portal.core import outbox
from portal.health.tasks import queries, service
from portal.health.tasks.models import AccountTask, TaskKind
from portal.health.tasks.service import RENEWAL_NEARS
from portal.notifications.models import Notice
from portal.onboarding.goals.models import Goal
from portal.reactions.table import REACTIONS
from tests.factories import NOW, make_account, make_user
from tests.onboarding.factories import make_checklist, make_goal

Browse = Callable[[User], FlaskClient]

TODAY = date(2026, 11, 20)


@pytest.fixture
def manager(session: Session) -> User:
    return make_user(session, name="Mio")


@pytest.fixture
def account(session: Session, manager: User) -> Account:
    renews_on = TODAY + timedelta(days=30)
    account = make_account(session, name="Acme", renews_on=renews_on)
    account.manager = manager
    session.commit()
    return account


@pytest.fixture
def goal(session: Session, account: Account) -> Goal:
    goal = make_goal(session, make_checklist(session, account))
    session.commit()
    return goal


def follow(session: Session, today: date = TODAY) -> int:
    count = service.follow_renewals(session, today=today, now=NOW)
    session.commit()
    outbox.drain(REACTIONS)
    session.rollback()
    session.expire_all()
    return count


def test_a_renewal_with_open_goals_is_a_task_once(session: Session, account: Account, goal: Goal) -> None:
    assert (follow(session), follow(session)) == (1, 0)

    (task,) = queries.tasks_for(session, SYSTEM)
    assert (task.account_id, task.due_on, task.is_open) == (account.id, account.renews_on, True)
    notices = session.scalars(select(Notice).where(Notice.kind == "account_task")).all()
    assert [(notice.user_id, notice.path) for notice in notices] == [
        (account.manager_id, f"/staff/tasks/{task.id}")
    ]


@pytest.mark.parametrize(
    ("days", "tasks"), [(-1, 0), (0, 1), (RENEWAL_NEARS.days, 1), (RENEWAL_NEARS.days + 1, 0)]
)
def test_it_appears_when_the_renewal_nears(
    session: Session, account: Account, goal: Goal, days: int, tasks: int
) -> None:
    assert account.renews_on
    assert follow(session, account.renews_on - timedelta(days=days)) == tasks


def test_there_is_none_without_an_open_goal(session: Session, account: Account) -> None:
    make_checklist(session, account)

    assert follow(session) == 0


def test_who_has_left_renews_nothing(session: Session, account: Account, goal: Goal) -> None:
    account.status = AccountStatus.CHURNED
    session.commit()

    assert follow(session) == 0


@pytest.mark.parametrize("what", ["reached", "moved", "left"])
def test_it_goes_with_its_reason(session: Session, account: Account, goal: Goal, what: str) -> None:
    follow(session)
    changes = {
        "reached": update(Goal).values(reached_at=NOW),
        "moved": update(Account).values(renews_on=TODAY + timedelta(days=300)),
        "left": update(Account).values(status=AccountStatus.CHURNED),
    }
    session.execute(changes[what])
    session.commit()

    assert follow(session) == 0
    assert queries.tasks_for(session, SYSTEM) == []
    (task,) = queries.tasks_for(session, SYSTEM, is_open=False)
    assert (task.closed_at, task.closed_by_id) == (NOW, None)


def test_it_comes_back_with_its_reason(session: Session, account: Account, goal: Goal) -> None:
    follow(session)
    for reached_at in (NOW, None):
        session.execute(update(Goal).values(reached_at=reached_at))
        session.commit()
        came_back = follow(session)

    assert came_back == 1
    assert len(session.scalars(select(AccountTask)).all()) == 1


def test_what_staff_closed_stays_closed(
    session: Session, account: Account, goal: Goal, manager: User, browser_of: Browse
) -> None:
    follow(session)
    (task,) = queries.tasks_for(session, SYSTEM)
    staff = browser_of(manager)
    assert goal.outcome in staff.get(f"/staff/tasks/{task.id}").text

    answer = staff.post(f"/staff/tasks/{task.id}/closure", data={"body": " We meet on Monday. "})

    assert answer.status_code == 303
    assert follow(session) == 0
    page = staff.get("/staff/tasks/").text
    assert "We meet on Monday." in page
    assert "Mio" in page
    (closed,) = queries.tasks_for(session, SYSTEM, is_open=False)
    assert (closed.closed_by_id, closed.note) == (manager.id, "We meet on Monday.")


def test_a_task_goes_with_its_reason_though_its_day_has_passed(
    session: Session, account: Account, goal: Goal
) -> None:
    follow(session)
    late = TODAY + timedelta(days=40)
    assert follow(session, late) == 0
    assert len(queries.tasks_for(session, SYSTEM)) == 1
    session.execute(update(Account).values(renews_on=TODAY + timedelta(days=395)))
    session.commit()

    follow(session, late)

    assert queries.tasks_for(session, SYSTEM) == []


def test_what_was_done_is_not_lost_when_the_task_was_closed_meanwhile(
    session: Session, account: Account, goal: Goal, manager: User, browser_of: Browse
) -> None:
    follow(session)
    (task,) = queries.tasks_for(session, SYSTEM)
    staff = browser_of(manager)
    staff.post(f"/staff/tasks/{task.id}/closure", data={"body": "First"})

    answer = staff.post(f"/staff/tasks/{task.id}/closure", data={"body": "Second thoughts"})

    assert answer.status_code == 409
    assert "Second thoughts" in answer.text
    assert "closed meanwhile" in answer.text


def test_a_closed_task_opens_again_with_its_note(
    session: Session, account: Account, goal: Goal, manager: User, browser_of: Browse
) -> None:
    follow(session)
    (task,) = queries.tasks_for(session, SYSTEM)
    staff = browser_of(manager)
    staff.post(f"/staff/tasks/{task.id}/closure", data={"body": "Done"})

    staff.post(f"/staff/tasks/{task.id}/closure", data={"_method": "delete"})

    session.expire_all()
    (task,) = queries.tasks_for(session, SYSTEM)
    assert (task.is_open, task.note) == (True, "Done")
    assert "Done</textarea>" in staff.get(f"/staff/tasks/{task.id}").text

    staff.post(f"/staff/tasks/{task.id}/closure", data={"body": " "})

    session.rollback()
    session.expire_all()
    (task,) = queries.tasks_for(session, SYSTEM, is_open=False)
    assert task.note == "Done"


def test_a_note_that_is_too_long_stays_on_the_page(
    session: Session, account: Account, goal: Goal, manager: User, browser_of: Browse
) -> None:
    follow(session)
    (task,) = queries.tasks_for(session, SYSTEM)

    answer = browser_of(manager).post(f"/staff/tasks/{task.id}/closure", data={"body": "x" * 2001})

    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    session.expire_all()
    assert len(queries.tasks_for(session, SYSTEM)) == 1


def test_many_tasks_come_in_pages_and_the_home_counts_them(
    session: Session, account: Account, manager: User, browser_of: Browse
) -> None:
    for number in range(103):
        task = {"kind": TaskKind.RENEWAL, "due_on": TODAY + timedelta(days=number), "made_at": NOW}
        session.add(AccountTask(account_id=account.id, **task))
    session.commit()
    staff = browser_of(manager)

    first, second = (staff.get(f"/staff/tasks/?page={page}").text for page in (1, 2))
    home = staff.get("/staff/").text

    assert (first.count(">Acme renews on"), second.count(">Acme renews on")) == (100, 3)
    assert home.count(">Acme renews on") == 5
    assert 'Tasks about accounts</a> <span class="count">103</span>' in " ".join(home.split())


def test_staff_see_their_own_or_everyones(
    session: Session, account: Account, goal: Goal, manager: User, browser_of: Browse
) -> None:
    follow(session)
    title = "Acme renews on"

    assert title in browser_of(manager).get("/staff/tasks/?whose=mine").text
    other = browser_of(make_user(session))
    assert title not in other.get("/staff/tasks/?whose=mine").text
    assert title in other.get("/staff/tasks/").text
    assert title in other.get(f"/staff/accounts/{account.id}").text
    assert title in other.get("/staff/").text


def test_customers_see_no_tasks(session: Session, account: Account, browser_of: Browse) -> None:
    assert browser_of(make_user(session, account=account)).get("/staff/tasks/").status_code == 403
