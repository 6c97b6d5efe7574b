"""People read, download and erase what is recorded about them, and leave themselves out."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import User
from portal.adoption.ingestion import ingest
from portal.adoption.kinds import KINDS
from portal.adoption.models import Signal
from portal.adoption.own.models import UnnamedAccount
from portal.adoption.own.queries import READ_AT_ONCE
from portal.adoption.service import Fact, record
from tests.factories import NOW, make_account, make_customer, make_user


def live(session: Session, user: User, number: int = 1, *, kind: str = "search.performed") -> None:
    facts = [
        Fact(
            kind=kind,
            key=f"{kind}:{user.id}:{index}",
            occurred_at=NOW - timedelta(minutes=index),
            user_id=user.id,
            account_id=user.account_id,
            data={"query": f"labels {index}", "results": 2} if kind == "search.performed" else {},
        )
        for index in range(number)
    ]
    record(session, facts, now=NOW)
    session.commit()


@pytest.fixture
def taro(session: Session) -> User:
    return make_customer(session, name="Taro", email="taro@acme.example")


@pytest.fixture
def browser(taro: User, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(taro)


def test_people_see_what_is_recorded_about_them_and_nobody_else(
    session: Session, taro: User, browser: FlaskClient
) -> None:
    live(session, taro)
    live(session, make_user(session, account=taro.account), kind="user.signed_in")

    page = browser.get("/me/signals").text

    assert "labels 0" in page
    assert "How many searches lead somewhere" in page
    assert "Someone signed in to the portal." not in page


def test_a_long_list_is_read_page_by_page(session: Session, taro: User, browser: FlaskClient) -> None:
    live(session, taro, 60)
    first = browser.get("/me/signals?only=self_service").text
    assert ("labels 49" in first, "labels 50" in first) == (True, False)
    address = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    second = browser.get(address).text

    assert ("labels 50" in second, "labels 59" in second, "labels 49" in second) == (True, True, False)


@pytest.mark.parametrize(
    ("only", "shown"),
    [("search.performed", True), ("self_service", True), ("peer_help", False), ("product_use", False)],
)
def test_the_list_can_be_narrowed(
    session: Session, taro: User, browser: FlaskClient, *, only: str, shown: bool
) -> None:
    live(session, taro)

    assert ("labels 0" in browser.get(f"/me/signals?only={only}").text) is shown


def test_everything_can_be_downloaded(session: Session, taro: User, browser: FlaskClient) -> None:
    live(session, taro, READ_AT_ONCE + 5)
    fact = {"key": "w-1", "kind": "feature.used", "occurred_at": NOW.isoformat(), "user": taro.email}
    ingest(session, [fact | {"account": "nobody"}], source="product", now=NOW)
    session.commit()

    answer = browser.get("/me/signals.json")

    assert answer.headers["Content-Disposition"] == "attachment; filename=signals.json"
    told = json.loads(answer.data)
    assert told["person"] == {"id": taro.id, "name": "Taro"}
    assert len(told["signals"]) == READ_AT_ONCE + 5
    assert told["signals"][0]["data"] == {"query": "labels 0", "results": 2}
    assert [row["key"] for row in told["waiting"]] == ["w-1"]


def test_nobody_else_is_named_in_the_file(session: Session, taro: User, browser: FlaskClient) -> None:
    others = {"voter_id": 777, "voter_account_id": 778, "asker_id": 779, "asker_account_id": 780}
    named = [kind for kind in KINDS.values() if kind.data.others]
    facts = [
        Fact(
            kind=kind.name,
            key=f"{kind.name}:post:1:user:777",
            occurred_at=NOW,
            user_id=taro.id,
            data={
                field.name: others.get(field.name, 777) for field in kind.data.fields if field.names_others
            },
        )
        for kind in named
    ]
    record(session, facts, now=NOW)
    session.commit()

    told = json.loads(browser.get("/me/signals.json").data)["signals"]

    assert {"post.was_voted", "answer.was_accepted", "answer.posted"} <= {row["kind"] for row in told}
    assert [(row["key"], row["data"]) for row in told] == [(None, {})] * len(named)
    flagged = {name for kind in KINDS.values() for name in kind.data.others}
    assert flagged >= {*others, "answerer_id"}


def test_nothing_recorded_is_a_file_too(browser: FlaskClient) -> None:
    assert json.loads(browser.get("/me/signals.json").data)["signals"] == []


def test_erasing_says_how_much_and_leaves_nothing_to_see(
    session: Session, taro: User, browser: FlaskClient
) -> None:
    live(session, taro, 3)
    assert "This cannot be undone." in browser.get("/me/signals").text

    page = browser.post("/me/signals/erasure", follow_redirects=True).text

    assert "Your name was taken out of 3 signals." in page
    assert "Nothing is recorded about you" in page
    session.rollback()
    assert set(session.scalars(select(Signal.user_id))) == {None}


def test_staff_read_why_their_names_stay(session: Session, browser_of: Callable[[User], FlaskClient]) -> None:
    page = browser_of(make_user(session)).get("/me/signals").text

    assert "You work for the vendor" in page
    assert "/me/signals/erasure" not in page


def test_a_champion_leaves_the_people_of_the_company_out(
    session: Session, taro: User, browser: FlaskClient, browser_of: Callable[[User], FlaskClient]
) -> None:
    champion = browser_of(make_user(session, account=taro.account, role=Role.CHAMPION))
    address = f"/accounts/{taro.account_id}/unnamed-signals"
    assert address in champion.get("/me/signals").text
    assert address not in browser.get("/me/signals").text

    champion.post(address, data={"next": "/me/signals"})

    session.rollback()
    assert session.scalars(select(UnnamedAccount.account_id)).all() == [taro.account_id]
    assert "is counted without the person" in browser.get("/me/signals").text
    champion.post(address, data={"_method": "delete"})
    session.rollback()
    assert session.scalars(select(UnnamedAccount.account_id)).all() == []


def test_staff_choose_on_the_page_of_the_accounts_signals(
    session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    account = make_account(session)
    staff = browser_of(make_user(session))
    address = f"/staff/accounts/{account.id}/signals"
    assert "Leave the people out" in staff.get(address).text

    answer = staff.post(f"/accounts/{account.id}/unnamed-signals", data={"next": address})

    assert answer.headers["Location"] == address
    assert "Record the person again" in staff.get(address).text


def test_the_menu_leads_there(browser: FlaskClient) -> None:
    assert 'href="/me/signals"' in browser.get("/").text


def test_the_page_speaks_japanese(session: Session, taro: User, browser: FlaskClient) -> None:
    live(session, taro)
    browser.post("/language", data={"language": "ja"})

    page = browser.get("/me/signals").text

    assert "あなたについての記録" in page
    assert "検索しました。" in page
