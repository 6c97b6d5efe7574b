from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.onboarding import service
from portal.onboarding.models import Checklist
from portal.onboarding.rules import Proof
from tests.factories import make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def member(session: Session, account: Account) -> User:
    return make_user(session, account=account, name="Kim Sato")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    drafts = [
        draft("Invite the team", proof=Proof(kind="article.viewed", people=3)),
        draft("Import the products"),
        draft("Send the first order", is_first_value=True),
        draft("Connect accounting", is_required=False),
    ]
    return make_checklist(session, account, drafts)


def completion(checklist: Checklist, index: int) -> str:
    return f"/onboarding/steps/{checklist.steps[index].id}/completion"


def test_a_visitor_is_asked_to_sign_in(client: FlaskClient, checklist: Checklist) -> None:
    assert client.get("/onboarding/").headers["Location"].startswith("/sign-in")
    assert client.post(completion(checklist, 0)).headers["Location"].startswith("/sign-in")


def test_the_path_shows_the_next_step_with_its_reason(
    browser_of: Browse, member: User, checklist: Checklist
) -> None:
    page = browser_of(member).get("/onboarding/").text

    assert "Required steps: <strong>0 of 3</strong>" in page
    assert page.count('<li class="next">') == 1
    next_one = page[page.index('<li class="next">') :]
    assert next_one.index("Invite the team") < next_one.index("So that orders can name them.")
    assert "3 people opened the article" in next_one
    assert "Nov 9, 2026" in next_one


def test_a_member_sees_no_other_checklist(session: Session, browser_of: Browse, checklist: Checklist) -> None:
    page = browser_of(make_customer(session)).get("/onboarding/")

    assert page.status_code == 200
    assert "Invite the team" not in page.text
    assert "No checklist yet" in page.text


def test_a_member_ticks_a_step_and_sees_who_did(
    browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)

    answer = browser.post(completion(checklist, 0))
    page = browser.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert "Ticked by Kim Sato" in page
    assert "<strong>1 of 3</strong>" in page
    assert "Import the products" in page[page.index('<li class="next">') :]


def test_a_proved_step_says_what_proved_it(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    service.complete_by_evidence(session, step_id=checklist.steps[0].id, signal_ids=[1, 2, 3], at=NOW)
    session.commit()

    page = browser_of(member).get("/onboarding/").text

    assert "Done by itself: 3 people opened the article" in page


def test_the_first_value_and_the_end_are_celebrated(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)
    browser.post(completion(checklist, 2))
    assert "You have your first result." in browser.get("/onboarding/").text

    for index in (0, 1):
        browser.post(completion(checklist, index))
    page = browser.get("/onboarding/").text

    assert "All required steps are done." in page
    assert "Connect accounting" in page[page.index('<li class="next">') :]


def test_a_member_opens_again_what_they_ticked(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)
    browser.post(completion(checklist, 0))

    answer = browser.post(completion(checklist, 0), data={"_method": "delete"})

    assert answer.status_code == 303
    assert "<strong>0 of 3</strong>" in browser.get("/onboarding/").text


def test_a_colleague_may_not_open_it_again(
    session: Session, browser_of: Browse, account: Account, member: User, checklist: Checklist
) -> None:
    colleague, champion = (
        make_user(session, account=account),
        make_user(session, account=account, role=Role.CHAMPION),
    )
    browser_of(member).post(completion(checklist, 0))

    assert "Open again" not in browser_of(colleague).get("/onboarding/").text
    assert browser_of(colleague).post(completion(checklist, 0), data={"_method": "delete"}).status_code == 403
    assert "Open again" in browser_of(champion).get("/onboarding/").text
    assert browser_of(champion).post(completion(checklist, 0), data={"_method": "delete"}).status_code == 303


def test_another_account_finds_no_step(session: Session, browser_of: Browse, checklist: Checklist) -> None:
    stranger, path = browser_of(make_customer(session)), completion(checklist, 0)

    assert stranger.post(path).status_code == 404
    assert stranger.post(path, data={"_method": "delete"}).status_code == 404


def test_staff_tick_on_the_page_of_the_account(
    session: Session, browser_of: Browse, checklist: Checklist
) -> None:
    staff = browser_of(make_user(session))

    assert staff.get("/onboarding/").headers["Location"] == "/staff/onboarding/"
    answer = staff.post(completion(checklist, 0))

    assert answer.headers["Location"] == f"/staff/onboarding/checklists/{checklist.id}"
    assert "<strong>1 of 3</strong>" in staff.get(answer.headers["Location"]).text


def test_the_path_in_japanese(
    session: Session, browser_of: Browse, account: Account, checklist: Checklist
) -> None:
    reader = browser_of(make_user(session, account=account))

    page = reader.get("/onboarding/", headers={"Accept-Language": "ja"}).text

    assert "Invite the team（日本語）" in page


def test_a_title_is_no_markup(session: Session, browser_of: Browse, account: Account, member: User) -> None:
    make_checklist(session, account, [draft("<script>alert(1)</script>")])

    assert "<script>alert" not in browser_of(member).get("/onboarding/").text


def test_a_person_who_left_is_not_named(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    service.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW)
    session.commit()

    assert "Ticked by hand" in browser_of(member).get("/onboarding/").text
