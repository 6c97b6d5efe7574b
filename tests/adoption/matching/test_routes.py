"""Staff look at unmatched signals, and say whose they are."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption.ingestion import ingest
from portal.adoption.matching.models import SignalAlias
from portal.adoption.models import Signal
from portal.adoption.service import BATCH
from tests.factories import NOW, make_account, make_user

ODD = 'x/y?"あ& <b>'


def tell(session: Session, *names: str, **values: str) -> None:
    fact = {"kind": "feature.used", "occurred_at": "2026-11-19T12:00:00Z", **values}
    items = [{**fact, "key": f"{number}:{name}", "account": name} for number, name in enumerate(names)]
    ingest(session, items, source="product", now=NOW)
    session.commit()


@pytest.fixture
def staff(session: Session, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(make_user(session))


def test_a_name_with_any_characters_leads_from_the_list_to_the_record(
    session: Session, staff: FlaskClient
) -> None:
    account = make_account(session, name="Acme")
    tell(session, ODD, ODD)
    assert "2</td>" in staff.get("/staff/signals/unmatched").text
    page = staff.get(f"/staff/signals/unmatched/account?name={quote(ODD, safe='')}").text
    assert "x/y?&#34;あ&amp; &lt;b&gt;" in page

    form = {"problem": "account", "name": ODD, "target": f"account:{account.id}"}
    answer = staff.post("/staff/signals/aliases", data=form, follow_redirects=True)

    assert "2 signals were recorded." in answer.text
    session.rollback()
    assert session.scalars(select(Signal.account_id)).all() == [account.id, account.id]


def test_it_is_said_how_many_follow(session: Session, staff: FlaskClient) -> None:
    account = make_account(session, name="Acme")
    tell(session, *["acme"] * (BATCH + 2))
    form = {"problem": "account", "name": "acme", "target": f"account:{account.id}"}

    page = staff.post("/staff/signals/aliases", data=form, follow_redirects=True).text

    assert "500 signals were recorded. 2 more follow within minutes." in page
    page = staff.get("/staff/signals/unmatched/account?name=acme").text
    assert "These signals are recorded within minutes." in page
    assert "Set aside" not in page


def test_a_person_is_chosen_for_an_address(session: Session, staff: FlaskClient) -> None:
    kim = make_user(session, account=make_account(session, external_id="acme"), name="Kim")
    tell(session, "acme", user="k@acme.example")
    page = staff.get("/staff/signals/unmatched/person?name=k@acme.example").text
    assert f'<option value="person:{kim.id}">Kim</option>' in page
    assert '<option value="">' in page.partition('value="account:')[0].partition('value="person:')[0]

    form = {"problem": "person", "name": "k@acme.example", "target": f"person:{kim.id}"}
    staff.post("/staff/signals/aliases", data=form)

    session.rollback()
    assert session.scalars(select(Signal.user_id)).all() == [kim.id]
    alias = session.scalars(select(SignalAlias)).one()
    assert "The person Kim" in staff.get("/staff/signals/aliases").text
    staff.post(f"/staff/signals/aliases/{alias.id}/retraction")
    session.rollback()
    assert session.scalars(select(Signal.left_out_as).order_by(Signal.id)).all() == ["voided", "voided"]
    assert "k@acme.example" in staff.get("/staff/signals/unmatched").text


@pytest.mark.parametrize("target", ["", "account:", "account:x", "person:1", f"account:{10**30}"])
def test_what_cannot_be_meant_is_told_and_the_page_stays(
    session: Session, staff: FlaskClient, target: str
) -> None:
    tell(session, "acme")

    answer = staff.post(
        "/staff/signals/aliases", data={"problem": "account", "name": "acme", "target": target}
    )

    assert answer.status_code == 422
    assert "One thing needs your attention." in answer.text
    assert "acme</h1>" in answer.text


def test_the_reason_to_set_aside_stays_when_it_is_too_long(session: Session, staff: FlaskClient) -> None:
    tell(session, "acme")
    form = {"problem": "account", "name": "acme", "reason": "because " * 100}

    answer = staff.post("/staff/signals/aliases/nobody", data=form)

    assert answer.status_code == 422
    assert "because because" in answer.text


def test_signals_set_aside_come_back(session: Session, staff: FlaskClient) -> None:
    tell(session, "acme")
    staff.post("/staff/signals/aliases/nobody", data={"problem": "account", "name": "acme", "reason": "Ours"})
    assert "Every signal has its account" in staff.get("/staff/signals/unmatched").text
    assert "acme" in staff.get("/staff/signals/unmatched?state=aside").text
    session.rollback()
    alias = session.scalars(select(SignalAlias)).one()

    staff.post(f"/staff/signals/aliases/{alias.id}/retraction")

    assert "acme" in staff.get("/staff/signals/unmatched").text


@pytest.mark.parametrize("query", ["page=99999999999999999999", "page=-1", "page=x", "problem=none", "q=%ff"])
def test_an_odd_address_shows_the_list(session: Session, staff: FlaskClient, query: str) -> None:
    tell(session, "acme")

    assert staff.get(f"/staff/signals/unmatched?{query}").status_code == 200


def test_staff_see_on_their_home_page_how_many_wait(session: Session, staff: FlaskClient) -> None:
    assert "Signals of unknown accounts and people" not in staff.get("/staff/").text
    tell(session, "acme", "globex")

    page = staff.get("/staff/").text

    assert "Signals of unknown accounts and people" in page
    assert "/staff/signals/unmatched/account?name=globex" in page


def test_the_pages_speak_japanese(session: Session, staff: FlaskClient) -> None:
    tell(session, "acme")
    staff.post("/language", data={"language": "ja"})

    assert "照合できないシグナル" in staff.get("/staff/signals/unmatched").text


def test_an_account_can_be_reached_from_a_name_only_by_staff(
    session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    account: Account = make_account(session)
    customer = browser_of(make_user(session, account=account))
    tell(session, "acme")

    answer = customer.get("/staff/signals/unmatched/account?name=acme")

    assert answer.status_code == 403
