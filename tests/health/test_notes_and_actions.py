"""Notes and next actions: written, changed, undone, and never lost."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import Account, User
from portal.health.actions.models import NextAction, NextActionTurn
from portal.health.notes import rendering
from portal.health.notes.models import AccountNote
from tests.factories import NOW, make_account, make_user

Browse = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mio(session: Session) -> User:
    return make_user(session, name="Mio")


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session, name="Acme")


@pytest.fixture
def staff(browser_of: Browse, mio: User) -> FlaskClient:
    return browser_of(mio)


def note_of(session: Session) -> AccountNote:
    session.rollback()
    return session.scalars(select(AccountNote).execution_options(populate_existing=True)).one()


def action_of(session: Session) -> NextAction:
    session.rollback()
    return session.scalars(select(NextAction).execution_options(populate_existing=True)).one()


def write(staff: FlaskClient, account: Account, body: str) -> None:
    assert staff.post(f"/staff/accounts/{account.id}/notes/", data={"body": body}).status_code == 303


def test_a_note_stands_on_the_accounts_page(session: Session, staff: FlaskClient, acme: Account) -> None:
    write(staff, acme, "Their **CFO** decides. <script>alert(1)</script>")

    page = staff.get(f"/staff/accounts/{acme.id}").text

    assert "<strong>CFO</strong>" in page
    assert "<script>alert" not in page
    assert "Mio" in page
    assert note_of(session).language == "en"


@pytest.mark.parametrize("body", ["", "   ", "x" * 200_001])
def test_a_note_that_cannot_be_kept_stays_on_the_page(
    session: Session, staff: FlaskClient, acme: Account, body: str
) -> None:
    answer = staff.post(f"/staff/accounts/{acme.id}/notes/", data={"body": body})

    assert answer.status_code == 422
    assert body in answer.text
    assert 'id="body-error"' in answer.text
    session.rollback()
    assert session.scalars(select(AccountNote)).all() == []


def test_the_newest_note_stands_first_but_under_what_is_pinned(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    for number in range(33):
        write(staff, acme, f"Number {number} ends.")
    first = session.scalars(select(AccountNote).order_by(AccountNote.id)).first()
    assert first
    staff.post(f"/staff/accounts/{acme.id}/notes/{first.id}/pin")

    page = staff.get(f"/staff/accounts/{acme.id}/notes/").text
    shown = [int(number) for number in re.findall(r"Number (\d+) ends", page)]
    assert shown == [0, *range(32, 2, -1)]
    more = re.search(r'rel="next" href="([^"]+)"', page)
    assert more
    assert re.findall(r"Number (\d+) ends", staff.get(more[1].replace("&amp;", "&")).text) == ["2", "1"]
    staff.post(f"/staff/accounts/{acme.id}/notes/{first.id}/pin", data={"_method": "delete"})
    assert "Number 0 ends" not in staff.get(f"/staff/accounts/{acme.id}/notes/").text


def test_an_author_and_admins_change_and_remove_a_note_and_nobody_else(
    session: Session, staff: FlaskClient, acme: Account, browser_of: Browse
) -> None:
    write(staff, acme, "One")
    note = note_of(session)
    path = f"/staff/accounts/{acme.id}/notes/{note.id}"
    other, admin = browser_of(make_user(session)), browser_of(make_user(session, role=Role.ADMIN))

    assert other.get(path).status_code == 403
    assert other.post(path, data={"body": "Two", "edition": "1"}).status_code == 403
    assert other.post(f"{path}/removal").status_code == 403
    assert staff.post(path, data={"body": "Two", "edition": "1"}).status_code == 303
    assert admin.post(path, data={"body": "Three", "edition": "2"}).status_code == 303
    note = note_of(session)
    assert (note.body, note.edition, note.edited_at) == ("Three", 3, NOW)
    admin.post(f"{path}/removal")
    assert "Three" not in staff.get(f"/staff/accounts/{acme.id}").text
    staff.post(f"{path}/removal", data={"_method": "delete"})
    assert "Three" in staff.get(f"/staff/accounts/{acme.id}").text


def test_of_two_who_change_a_note_neither_loses_what_was_typed(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    write(staff, acme, "One")
    path = f"/staff/accounts/{acme.id}/notes/{note_of(session).id}"
    staff.post(path, data={"body": "Two of the first", "edition": "1"})

    answer = staff.post(path, data={"body": "Two of the second", "edition": "1"})

    assert answer.status_code == 409
    assert "Two of the second</textarea>" in answer.text
    assert "changed meanwhile" in answer.text
    assert 'name="edition" value="2"' in answer.text
    assert note_of(session).body == "Two of the first"


def test_a_note_belongs_to_its_account(session: Session, staff: FlaskClient, acme: Account) -> None:
    write(staff, acme, "One")
    other = make_account(session)

    assert staff.get(f"/staff/accounts/{other.id}/notes/{note_of(session).id}").status_code == 404


def test_notes_follow_the_renderer(session: Session, staff: FlaskClient, acme: Account) -> None:
    write(staff, acme, "*One*")
    note = note_of(session)
    note.renderer_version, note.body_html = 0, "old"
    session.commit()

    assert rendering.rerender_stale() == 1
    assert "<em>One</em>" in note_of(session).body_html
    assert rendering.rerender_stale() == 0


def plan(staff: FlaskClient, account: Account, **values: object) -> int:
    data = {"what": "Call them", "due_on": "2026-11-25", "owner_id": "0"} | values
    return staff.post(f"/staff/accounts/{account.id}/actions/", data=data).status_code


def test_a_next_action_is_done_and_undone_with_a_history(
    session: Session, staff: FlaskClient, acme: Account, mio: User
) -> None:
    assert plan(staff, acme, owner_id=mio.id) == 303
    action = action_of(session)
    assert (action.what, action.due_on, action.owner_id) == ("Call them", date(2026, 11, 25), mio.id)

    for method in ("", "", "delete", ""):
        staff.post(f"/staff/actions/{action.id}/completion", data={"_method": method})

    assert action_of(session).done_at == NOW
    turns = session.scalars(select(NextActionTurn.is_done).order_by(NextActionTurn.id)).all()
    assert turns == [True, False, True]
    page = staff.get(f"/staff/actions/{action.id}").text
    assert page.count("Mio · ") == 3
    assert "Call them" in staff.get(f"/staff/accounts/{acme.id}/actions/").text


@pytest.mark.parametrize(
    "wrong", [{"what": " "}, {"what": "x" * 301}, {"due_on": "soon"}, {"owner_id": "424242"}]
)
def test_an_action_that_cannot_be_used_stays_on_the_page(
    session: Session, staff: FlaskClient, acme: Account, wrong: dict[str, str]
) -> None:
    values = {"what": "Call them", "due_on": "2026-11-25", "owner_id": "0"} | wrong

    answer = staff.post(f"/staff/accounts/{acme.id}/actions/", data=values)

    assert answer.status_code == 422
    assert f'value="{values["what"]}"' in answer.text
    assert f'id="{next(iter(wrong))}-error"' in answer.text
    session.rollback()
    assert session.scalars(select(NextAction)).all() == []


def test_a_customer_cannot_be_given_an_action(session: Session, staff: FlaskClient, acme: Account) -> None:
    assert plan(staff, acme, owner_id=make_user(session, account=acme).id) == 422


def test_of_two_who_change_an_action_neither_loses_what_was_typed(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    plan(staff, acme)
    path = f"/staff/actions/{action_of(session).id}"
    data = {"what": "Write to them", "due_on": "2026-11-26", "owner_id": "0", "edition": "1"}
    assert staff.post(path, data=data).status_code == 303

    answer = staff.post(path, data={**data, "what": "Visit them"})

    assert answer.status_code == 409
    assert 'value="Visit them"' in answer.text
    assert "<strong>Write to them</strong>" in answer.text
    assert "Nov 26, 2026</time>" in answer.text
    assert 'name="edition" value="2"' in answer.text
    assert action_of(session).what == "Write to them"


def test_a_mistake_does_not_let_one_overwrite_what_a_colleague_changed(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    plan(staff, acme)
    path = f"/staff/actions/{action_of(session).id}"
    data = {"what": "Write to them", "due_on": "2026-11-26", "owner_id": "0", "edition": "1"}
    staff.post(path, data=data)

    answer = staff.post(path, data={**data, "what": " \u3000"})

    assert answer.status_code == 422
    assert 'name="edition" value="1"' in answer.text


def test_the_most_urgent_action_stands_in_the_list_and_on_the_home_of_whose_it_is(
    session: Session, staff: FlaskClient, acme: Account, mio: User, browser_of: Browse
) -> None:
    plan(staff, acme, what="Later", due_on="2026-12-20", owner_id=mio.id)
    plan(staff, acme, what="Long ago", due_on="2026-11-10", owner_id=mio.id)

    table = staff.get("/staff/accounts/?sort=action").text
    assert "Long ago" in table
    assert "Later" not in table
    assert "Overdue since" in table
    home = staff.get("/staff/").text
    assert home.index("Long ago") < home.index("Later")
    other = browser_of(make_user(session))
    assert "Long ago" not in other.get("/staff/").text
    assert "Long ago" not in other.get("/staff/actions/").text
    assert "Long ago" in other.get("/staff/actions/?whose=all").text


def test_many_actions_come_in_pages_and_the_home_counts_ones_own(
    session: Session, staff: FlaskClient, acme: Account, mio: User
) -> None:
    for number in range(103):
        due_on, made_at = date(2026, 12, 1) + timedelta(days=number), NOW
        owner_id = mio.id if number % 10 == 0 else None
        action = {"what": f"Call {number:03}", "due_on": due_on, "made_at": made_at, "owner_id": owner_id}
        session.add(NextAction(account_id=acme.id, **action))
    session.commit()

    first, second = (staff.get(f"/staff/actions/?whose=all&page={page}").text for page in (1, 2))
    home = staff.get("/staff/").text

    assert (first.count(">Call "), second.count(">Call ")) == (100, 3)
    assert home.count(">Call ") == 5
    assert 'My next actions</a> <span class="count">11</span>' in " ".join(home.split())


def test_an_action_has_a_day_and_someone_responsible_in_japanese(staff: FlaskClient, acme: Account) -> None:
    page = staff.get(f"/staff/accounts/{acme.id}/actions/", headers={"Accept-Language": "ja"}).text

    assert re.search(r'for="due_on"[^>]*>\s*期限', page)
    assert re.search(r'for="owner_id"[^>]*>\s*担当者', page)
    assert "担当未定" in page


def test_customers_see_none_of_it(session: Session, acme: Account, browser_of: Browse) -> None:
    customer = browser_of(make_user(session, account=acme))

    for path in (f"/staff/accounts/{acme.id}/notes/", "/staff/actions/", "/staff/accounts/alerts/"):
        assert customer.get(path).status_code == 403
