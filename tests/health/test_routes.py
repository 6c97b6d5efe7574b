"""Accounts as staff see them; customers and visitors see none of it."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import html5lib
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.health import service
from tests.factories import NOW, make_account, make_user
from tests.health.conftest import Tell

Browse = Callable[[User], FlaskClient]
PAGES = ("", "1", "1/signals", "1/edit", "new", "model")


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Staff person"))


@pytest.fixture
def scored(session: Session, busy: Account) -> Account:
    service.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()
    return busy


def path_of(account: Account, rest: str = "") -> str:
    return f"/staff/accounts/{account.id}{rest}"


def cells(html: str) -> list[list[str]]:
    """Return the table of contributions, a row a list of texts."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    table = tree.find(".//section[@aria-labelledby='score']//table")
    assert table is not None
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")]


def number(text: str) -> Decimal:
    return Decimal(text.replace("−", "-"))


def is_component(row: list[str]) -> bool:
    return row[1] == ""


@pytest.mark.parametrize("page", PAGES)
def test_customers_are_kept_out(browser_of: Browse, kim: User, page: str) -> None:
    address = page.replace("1", str(kim.account_id))

    assert browser_of(kim).get(f"/staff/accounts/{address}").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_visitors_are_asked_to_sign_in(client: FlaskClient, page: str) -> None:
    answer = client.get(f"/staff/accounts/{page}")

    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


@pytest.mark.parametrize("page", ["/9999", "/9999/signals", "/9999/edit"])
def test_an_account_that_is_not_there_is_not_found(staff: FlaskClient, page: str) -> None:
    assert staff.get(f"/staff/accounts{page}").status_code == 404


def test_the_contributions_on_the_page_add_up_to_the_score(staff: FlaskClient, scored: Account) -> None:
    html = staff.get(path_of(scored)).text
    _header, *rows, total = cells(html)
    score, delta = number(total[1]), number(total[2])

    components = [row for row in rows if is_component(row)]
    assert f"Why {score}?" in html
    assert sum(number(row[3]) for row in components) == score > 0
    assert sum(number(row[4]) for row in components) == delta != 0
    assert len(components) == 4
    for place, row in enumerate(rows):
        if is_component(row):
            features = []
            for feature in rows[place + 1 :]:
                if is_component(feature):
                    break
                features.append(feature)
            assert sum(number(part[3]) for part in features) == number(row[3])
            assert sum(number(part[4]) for part in features) == number(row[4])


def test_the_exact_numbers_behind_the_page_add_up_too(staff: FlaskClient, scored: Account) -> None:
    html = staff.get(path_of(scored)).text
    exact = [Decimal(value) for value in re.findall(r'<data value="([^"]+)"', html)]

    *parts, score = exact
    assert sum(parts) == 2 * score  # Once as components, once as their features.


def test_the_page_shows_people_signals_and_requests(staff: FlaskClient, scored: Account, kim: User) -> None:
    html = staff.get(path_of(scored)).text

    assert f"/people/{kim.id}" in html
    assert "Read an article" in html
    assert "No checklist has been started." in html
    assert "<svg" in html


def test_an_account_without_evidence_says_so(staff: FlaskClient, account: Account) -> None:
    page = staff.get(path_of(account))

    assert page.status_code == 200
    assert "No score yet" in page.text


def test_the_page_speaks_japanese(staff: FlaskClient, scored: Account) -> None:
    page = staff.get(path_of(scored), headers={"Accept-Language": "ja"})

    assert "製品の利用" in page.text
    assert "記事を読む" in page.text


def test_accounts_are_ranked_by_what_is_at_stake(
    session: Session, staff: FlaskClient, scored: Account
) -> None:
    make_account(session, name="Small", monthly_revenue=10)
    make_account(session, name="Large", monthly_revenue=900_000)

    html = staff.get("/staff/accounts/").text

    assert re.findall(r'/staff/accounts/\d+">([^<]+)', html) == ["Large", "Acme", "Small"]


def test_the_list_can_be_filtered_and_sorted_by_its_address(session: Session, staff: FlaskClient) -> None:
    manager = make_user(session)
    make_account(session, name="One", plan="starter", touch_tier=TouchTier.HIGH, manager_id=manager.id)
    make_account(session, name="Two", plan="business", touch_tier=TouchTier.HIGH)
    make_account(session, name="Gone", status=AccountStatus.CHURNED, churned_on=NOW.date())

    def names(query: str) -> list[str]:
        html = staff.get(f"/staff/accounts/?{query}").text
        return re.findall(r'/staff/accounts/\d+">([^<]+)', html)

    assert names("plan=business") == ["Two"]
    assert names("tier=high&sort=name") == ["One", "Two"]
    assert names(f"manager={manager.id}") == ["One"]
    assert names("status=churned") == ["Gone"]
    assert names("band=healthy") == []
    assert names("band=unknown&plan=starter") == ["One"]
    assert names("sort=nonsense&tier=nonsense&page=nonsense&_scheme=x") == ["One", "Two"]


def test_the_file_holds_exactly_what_is_shown(session: Session, staff: FlaskClient, scored: Account) -> None:
    make_account(session, name="=1+1", plan="business")

    answer = staff.get("/staff/accounts/?plan=team&format=csv")
    header, *rows = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))

    assert answer.mimetype == "text/csv"
    assert [row[0] for row in rows] == ["Acme"]
    shown = cells(staff.get(path_of(scored)).text)[-1]
    assert dict(zip(header, rows[0], strict=True))["Score"] == shown[1]
    assert Decimal(dict(zip(header, rows[0], strict=True))["Change in 28 days"]) == number(shown[2])
    all_rows = csv.reader(
        io.StringIO(staff.get("/staff/accounts/?format=csv").get_data().decode("utf-8-sig"))
    )
    assert "'=1+1" in [row[0] for row in all_rows]


def test_the_stream_shows_all_signals_page_by_page(
    staff: FlaskClient, scored: Account, kim: User, tell: Tell
) -> None:
    first = staff.get(path_of(scored, "/signals"))
    address = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert address
    second = staff.get(address[1].replace("&amp;", "&"))

    rows = [page.text.count("<time") for page in (first, second)]
    assert rows == [50, 28]


def test_the_stream_can_be_of_some_kinds(staff: FlaskClient, scored: Account) -> None:
    html = staff.get(path_of(scored, "/signals?kind=question.asked&kind=answer.posted")).text

    assert html.count("<time") == 3
    assert "Shown: Asked a question, Answered a question" in html
    assert staff.get(path_of(scored, "/signals?kind=nonsense")).status_code == 404
    assert staff.get(path_of(scored, "/signals?after=nonsense")).status_code == 422


def test_the_model_is_explained(staff: FlaskClient) -> None:
    html = staff.get("/staff/accounts/model").text

    for text in (
        "Product use",
        "Days since the last use",
        "63% at 10",
        "half after 14 days",
        "[[component]]",
    ):
        assert text in html


FORM = {
    "external_id": "initech",
    "name": "Initech",
    "plan": "team",
    "seats": "7",
    "monthly_revenue": "5000",
    "touch_tier": "high",
    "manager_id": "0",
    "started_on": "2026-01-31",
    "renews_on": "",
    "status": "active",
    "churned_on": "",
}


def test_staff_add_and_change_an_account(session: Session, staff: FlaskClient) -> None:
    manager = make_user(session, name="Manager")
    answer = staff.post("/staff/accounts/new", data=FORM)
    account_id = int(answer.location.rpartition("/")[2])

    changed = {**FORM, "name": "Initech K.K.", "seats": "9", "manager_id": str(manager.id)}
    again = staff.post(f"/staff/accounts/{account_id}/edit", data=changed)

    assert (answer.status_code, again.status_code) == (303, 303)
    session.rollback()
    account = session.get_one(Account, account_id, populate_existing=True)
    assert (account.external_id, account.name, account.seats) == ("initech", "Initech K.K.", 9)
    assert account.manager_id == manager.id
    assert "Initech K.K." in staff.get(f"/staff/accounts/{account_id}/edit").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"seats": "0"}, "seats"),
        ({"plan": "free"}, "plan"),
        ({"renews_on": "2025-12-31"}, "renews_on"),
        ({"status": "churned"}, "churned_on"),
        ({"churned_on": "2026-02-01"}, "churned_on"),
        ({"status": "churned", "churned_on": "2025-02-01"}, "churned_on"),
        ({"manager_id": "424242"}, "manager_id"),
        ({"external_id": "acme"}, "external_id"),
    ],
)
def test_what_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, account: Account, change: dict[str, str], field: str
) -> None:
    page = staff.post("/staff/accounts/new", data={**FORM, **change})

    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert 'value="5000"' in page.text


def test_of_two_who_change_an_account_neither_undoes_the_other(
    session: Session, staff: FlaskClient, account: Account
) -> None:
    path = path_of(account, "/edit")
    (edition,) = re.findall(r'name="edition"\s+value="(\w+)"', staff.get(path).text)
    mine = FORM | {"name": "Acme", "edition": edition}
    assert staff.post(path, data=mine | {"seats": "77"}).status_code == 303

    answer = staff.post(path, data=mine | {"name": "Acme K.K."})

    assert answer.status_code == 409
    assert 'value="Acme K.K."' in answer.text
    assert re.search(r"<dd>\s*77\s*</dd>", answer.text)
    session.expire_all()
    assert (account.name, account.seats) == ("Acme", 77)
    (newer,) = re.findall(r'name="edition"\s+value="(\w+)"', answer.text)
    assert staff.post(path, data=mine | {"name": "Acme K.K.", "edition": newer}).status_code == 303


def test_customers_cannot_change_accounts(browser_of: Browse, account: Account, kim: User) -> None:
    champion = browser_of(kim)

    assert champion.post("/staff/accounts/new", data=FORM).status_code == 403
    assert champion.post(path_of(account, "/edit"), data=FORM).status_code == 403


def test_a_past_is_told_even_after_an_account_left(
    session: Session, staff: FlaskClient, scored: Account
) -> None:
    scored.status, scored.churned_on = AccountStatus.CHURNED, NOW.date() - timedelta(days=9)
    session.commit()
    service.rebuild_scores(session, account_id=scored.id, now=NOW)
    session.commit()

    page = staff.get(path_of(scored))

    assert page.status_code == 200
    assert "Left on" in page.text
