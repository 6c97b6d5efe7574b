"""Joining by invitation, through the browser."""

import re
from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.actors import Role
from portal.accounts.models import Account, Invitation, User
from portal.accounts.service import INVITATION_LASTS
from tests.factories import NOW, make_account, make_customer, make_user

PASSWORD = "correct horse battery"

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, name="Acme Foods")


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Mori Aoi")


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, role=Role.ADMIN)


def invite(browser: FlaskClient, role: Role = Role.CUSTOMER, **form: object) -> TestResponse:
    return browser.post("/invitations", data={"email": "New@acme.example", "role": role.value} | form)


def link_in(page: TestResponse) -> str:
    found = re.search(r"http://[^<\s]+(/invitations/[\w-]+)", page.text)
    assert found is not None
    return found[1]


def join(browser: FlaskClient, link: str, password: str = PASSWORD) -> TestResponse:
    return browser.post(link, data={"name": "Kim Sato", "password": password})


def test_a_champion_brings_a_colleague_in(
    session: Session, client: FlaskClient, browser_of: Browse, account: Account, champion: User
) -> None:
    answer = invite(browser_of(champion))
    link = link_in(answer)
    asked = client.get(link).text

    joined = join(client, link)
    session.rollback()
    person = session.scalars(select(User).where(User.email == "new@acme.example")).one()

    assert answer.status_code == 201
    assert "Acme Foods" in asked
    assert "new@acme.example" in asked
    assert (joined.status_code, person.account_id, person.role) == (303, account.id, Role.CUSTOMER)
    assert "Kim Sato" in browser_of(champion).get("/me/team").text
    assert "Welcome!" in client.get("/community/").text


def test_a_link_works_once(client: FlaskClient, browser_of: Browse, champion: User) -> None:
    link = link_in(invite(browser_of(champion)))
    join(client, link)

    assert client.get(link).status_code == 404
    assert join(client, link).status_code == 404


def test_a_link_ends_by_itself(client: FlaskClient, browser_of: Browse, champion: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        link = link_in(invite(browser_of(champion)))
        clock.shift(INVITATION_LASTS)
        assert client.get(link).status_code == 404
        assert join(client, link).status_code == 404


def test_a_short_password_keeps_the_link_open(
    client: FlaskClient, browser_of: Browse, champion: User
) -> None:
    link = link_in(invite(browser_of(champion)))

    refused = join(client, link, "short")

    assert refused.status_code == 422
    assert 'value="Kim Sato"' in refused.text
    assert join(client, link).status_code == 303


def test_the_database_keeps_no_token(session: Session, browser_of: Browse, champion: User) -> None:
    token = link_in(invite(browser_of(champion))).rpartition("/")[2]
    session.rollback()

    assert session.scalars(select(Invitation.token_hash)).one() != token


def test_a_made_up_link_opens_nothing(client: FlaskClient) -> None:
    assert client.get("/invitations/made-up").status_code == 404


@pytest.mark.parametrize(
    ("inviter", "role", "status"),
    [
        ("champion", Role.CUSTOMER, 201),
        ("champion", Role.CHAMPION, 201),
        ("champion", Role.STAFF, 403),
        ("champion", Role.ADMIN, 403),
        ("member", Role.CUSTOMER, 403),
        ("staff", Role.CUSTOMER, 201),
        ("staff", Role.CHAMPION, 201),
        ("staff", Role.STAFF, 403),
        ("staff", Role.ADMIN, 403),
        ("admin", Role.CUSTOMER, 201),
    ],
)
def test_who_may_invite_whom(
    session: Session, browser_of: Browse, account: Account, inviter: str, role: Role, status: int
) -> None:
    roles = {"champion": Role.CHAMPION, "member": Role.CUSTOMER, "staff": Role.STAFF, "admin": Role.ADMIN}
    belongs = account if inviter in {"champion", "member"} else None
    person = make_user(session, account=belongs, role=roles[inviter])

    assert invite(browser_of(person), role, account_id=account.id).status_code == status


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMIN])
def test_admins_invite_staff_to_no_account(
    session: Session, client: FlaskClient, browser_of: Browse, admin: User, role: Role
) -> None:
    answer = invite(browser_of(admin), role)

    assert answer.status_code == 201
    assert join(client, link_in(answer)).status_code == 303
    assert client.get("/staff/requests/").status_code == 200


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.STAFF])
def test_nobody_gets_a_link_that_could_never_work(
    session: Session, browser_of: Browse, account: Account, admin: User, role: Role
) -> None:
    nowhere = account.id if role is Role.STAFF else ""

    answer = invite(browser_of(admin), role, account_id=nowhere)

    assert answer.status_code == 422
    assert "Customers and champions belong to an account" in answer.text


def test_what_is_no_address_is_asked_for_again(browser_of: Browse, champion: User) -> None:
    answer = invite(browser_of(champion), email="kim at acme")

    assert answer.status_code == 422
    assert "is no e-mail address" in answer.text


def test_a_champion_reaches_no_other_account(session: Session, browser_of: Browse, champion: User) -> None:
    other = make_account(session)

    assert invite(browser_of(champion), account_id=other.id).status_code == 404


def test_someone_who_is_there_is_not_invited(session: Session, browser_of: Browse, champion: User) -> None:
    make_customer(session, email="new@acme.example")

    assert invite(browser_of(champion)).status_code == 409


def test_two_links_to_one_address_make_one_person(
    session: Session, client: FlaskClient, browser_of: Browse, champion: User
) -> None:
    first, second = (link_in(invite(browser_of(champion))) for _ in range(2))
    join(client, first)

    assert join(client, second).status_code == 409
    session.rollback()
    assert len(session.scalars(select(User).where(User.email == "new@acme.example")).all()) == 1


def test_a_visitor_is_asked_to_sign_in(client: FlaskClient) -> None:
    assert invite(client).headers["Location"].startswith("/sign-in")
    assert client.get("/me/team").headers["Location"].startswith("/sign-in")


def test_the_team_page_shows_one_team_and_lets_its_champion_invite(
    session: Session, browser_of: Browse, account: Account, champion: User
) -> None:
    member = make_user(session, account=account, name="Kim Sato")
    make_user(session, account=account, name="Gone Long", is_active=False)
    make_customer(session, name="Someone Else")

    page = browser_of(champion).get("/me/team").text
    seen_by_member = browser_of(member).get("/me/team").text

    assert ("Kim Sato" in page, "Mori Aoi" in page) == (True, True)
    assert ("Gone Long" in page, "Someone Else" in page) == (False, False)
    assert "Invite someone" in page
    assert "Invite someone" not in seen_by_member


def test_staff_have_no_team(browser_of: Browse, staff: User) -> None:
    assert browser_of(staff).get("/me/team").status_code == 404


def test_the_page_offers_the_roles_that_one_may_give(browser_of: Browse, champion: User) -> None:
    browser = browser_of(champion)
    sent_back = browser.post("/invitations", data={"email": "", "role": "customer"})

    assert sent_back.status_code == 422
    for page in (browser.get("/me/team"), sent_back):
        assert re.findall(r'<option (?:selected )?value="(\w+)"', page.text) == ["customer", "champion"]
