"""Accounts and their health by the API."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, AccountStatus
from portal.api.keys.rules import Scope
from portal.health.queries import computed_score_for
from tests.api.conftest import Ask, make_key, signal, tell
from tests.factories import make_account, make_user

WHOLE = {
    "name": "Acme Foods",
    "plan": "business",
    "seats": 40,
    "touch_tier": "high",
    "status": "active",
    "started_on": "2026-01-31",
    "renews_on": "2027-01-31",
    "churned_on": None,
    "monthly_revenue": 5000,
    "country": "US",
    "manager": "sam@vendor.example",
}


@pytest.fixture
def sam(session: Session) -> int:
    return make_user(session, role=Role.STAFF, email="sam@vendor.example", name="Sam Ito").id


def stored(session: Session, external_id: str = "acme") -> Account:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Account).where(Account.external_id == external_id)).one()


@pytest.mark.usefixtures("sam")
def test_an_account_is_added_and_read(ask: Ask) -> None:
    added = ask("PUT", "/accounts/acme", json=WHOLE)
    assert (added.status_code, added.json) == (201, WHOLE | {"external_id": "acme"})
    again = ask("PUT", "/accounts/acme", json=WHOLE)
    assert (again.status_code, again.json) == (200, added.json)
    assert ask("GET", "/accounts/acme").json == added.json


def test_what_is_left_out_of_a_new_account_gets_its_default(ask: Ask, session: Session) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 20, 0, tzinfo=UTC), tick=False):
        assert ask("PUT", "/accounts/acme", json={"name": " Acme "}).status_code == 201
    acme = stored(session)
    assert (acme.name, acme.plan, acme.seats, acme.touch_tier, acme.country) == (
        "Acme",
        "starter",
        5,
        "tech",
        "JP",
    )
    assert acme.started_on == date(2026, 11, 21)  # It is Saturday already in Tokyo.


def test_what_is_left_out_of_a_known_account_stays(ask: Ask, session: Session, sam: int) -> None:
    ask("PUT", "/accounts/acme", json=WHOLE)
    answer = ask("PUT", "/accounts/acme", json={"seats": 41, "renews_on": None})
    assert answer.json == WHOLE | {"external_id": "acme", "seats": 41, "renews_on": None}
    assert stored(session).manager_id == sam
    ask("PUT", "/accounts/acme", json={"manager": None})
    assert stored(session).manager_id is None


def test_names_may_have_wide_spaces(ask: Ask, session: Session) -> None:
    path = "/accounts/%E6%A0%AA%E5%BC%8F%E3%80%80%E7%B8%81"
    assert ask("PUT", path, json={"name": "株式会社\u3000縁側"}).status_code == 201
    assert stored(session, "株式\u3000縁").name == "株式会社\u3000縁側"


def test_an_account_leaves(ask: Ask, session: Session) -> None:
    make_account(session, external_id="acme")
    half = ask("PUT", "/accounts/acme", json={"status": "churned"})
    assert (half.status_code, half.json["errors"][0]["field"]) == (422, "churned_on")
    whole = ask("PUT", "/accounts/acme", json={"status": "churned", "churned_on": "2026-11-01"})
    assert whole.status_code == 200
    assert stored(session).status is AccountStatus.CHURNED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"name": "Acme", "plan": "gold"}, "plan"),
        ({"name": "Acme", "seats": "5"}, "seats"),
        ({"name": "Acme", "seats": 0}, "seats"),
        ({"name": "Acme", "seats": 10**20}, "seats"),
        ({"name": "Acme", "seats": True}, "seats"),
        ({"name": "Acme", "monthly_revenue": 1.5}, "monthly_revenue"),
        ({"name": "Acme", "touch_tier": "warm"}, "touch_tier"),
        ({"name": "Acme", "country": "jp"}, "country"),
        ({"name": "Acme", "renews_on": "soon"}, "renews_on"),
        ({"name": "Acme", "started_on": "2026-05-01", "renews_on": "2026-04-01"}, "renews_on"),
        ({"name": "Acme", "manager": "nobody@vendor.example"}, "manager"),
        ({"name": "Acme", "manager": "nobody\x00@vendor.example"}, "manager"),
        ({"name": "Acme", "external_id": "other"}, "external_id"),
    ],
)
def test_what_cannot_be_used_is_told_by_field(
    ask: Ask, session: Session, change: dict[str, Any], field: str
) -> None:
    answer = ask("PUT", "/accounts/acme", json=change)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert session.scalars(select(Account)).all() == []


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": "\\ud800"}', b'{"name": "\xff"}', b'{"seats": NaN}'])
def test_what_is_no_json_is_refused(ask: Ask, body: bytes) -> None:
    answer = ask("PUT", "/accounts/acme", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) in {
        (400, "application/problem+json"),
        (422, "application/problem+json"),
    }


@pytest.mark.parametrize("external_id", ["%20acme", "x" * 101, "a%0Ab"])
def test_an_id_that_nobody_could_type_is_refused(ask: Ask, session: Session, external_id: str) -> None:
    answer = ask("PUT", f"/accounts/{external_id}", json={"name": "Acme"})
    assert answer.status_code in {404, 422}
    assert session.scalars(select(Account)).all() == []


def test_an_id_may_be_in_any_script(ask: Ask) -> None:
    assert ask("PUT", "/accounts/株式会社", json={"name": "Acme"}).status_code == 201
    assert ask("GET", "/accounts/株式会社").json["external_id"] == "株式会社"


def test_accounts_come_in_pages(ask: Ask, session: Session) -> None:
    ids = [make_account(session).external_id for _ in range(7)]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask("GET", f"/accounts?limit=3&cursor={cursor}").json
        found += [row["external_id"] for row in page["accounts"]]
        cursor = page["next_cursor"]
    assert found == ids


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=٣", "cursor=damaged"]
)
def test_a_page_that_there_is_not_is_refused(ask: Ask, query: str) -> None:
    answer = ask("GET", f"/accounts?{query}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_an_account_that_there_is_not(ask: Ask) -> None:
    for path in ("/accounts/nobody", "/accounts/nobody/health"):
        answer = ask("GET", path)
        assert (answer.status_code, answer.json["detail"]) == (404, "There is no account nobody.")


def test_reading_and_writing_are_two_scopes(ask: Ask, session: Session) -> None:
    make_account(session, external_id="acme")
    reader = make_key(session, Scope.ACCOUNTS_READ, name="R", source="r")
    writer = make_key(session, Scope.ACCOUNTS_WRITE, name="W", source="w")
    for path in ("/accounts", "/accounts/acme", "/accounts/acme/health"):
        assert (ask("GET", path, key=reader).status_code, ask("GET", path, key=writer).status_code) == (
            200,
            403,
        )
    assert ask("PUT", "/accounts/acme", key=reader, json={"seats": 1}).status_code == 403
    assert ask("PUT", "/accounts/acme", key=writer, json={"seats": 1}).status_code == 200


# Health.


@pytest.fixture
def lively(ask: Ask, session: Session, work: Callable[[], None]) -> Account:
    """An account whose people did various things on several days."""
    account = make_account(session, external_id="acme", started_on=date(2026, 6, 1))
    people = [make_user(session, account=account) for _ in range(3)]
    kinds = (
        "feature.used",
        "user.signed_in",
        "question.asked",
        "answer.posted",
        "article.viewed",
        "search.performed",
    )
    tell(
        ask,
        (
            signal(
                f"s{n}",
                kind=kinds[n % len(kinds)],
                user=people[n % 3].email,
                occurred_at=f"2026-11-{1 + n % 19:02}T12:00:00Z",
            )
            for n in range(120)
        ),
    )
    work()
    return account


def test_the_parts_of_a_score_add_up_to_the_last_digit(ask: Ask, session: Session, lively: Account) -> None:
    answer = ask("GET", "/accounts/acme/health?as_of=2026-11-10")
    told = json.loads(answer.text, parse_float=Decimal)
    parts = [component["contribution"] for component in told["components"]]
    assert told["score"] == sum(parts) > 0
    for component in told["components"]:
        assert component["contribution"] == sum(feature["contribution"] for feature in component["features"])

    expected = computed_score_for(session, SYSTEM, lively.id, as_of=date(2026, 11, 10))
    assert told["score"] * 10_000 == expected.points_e4
    assert (told["model"], told["as_of"], told["band"]) == ("v1", "2026-11-10", expected.band)
    assert told["coverage"] * 10_000 == expected.coverage_e4


@pytest.mark.usefixtures("lively")
def test_a_later_day_knows_more(ask: Ask) -> None:
    scores = {
        day: ask("GET", f"/accounts/acme/health?as_of={day}").json["score"]
        for day in ("2026-11-02", "2026-11-19")
    }
    assert len(set(scores.values())) == 2


@pytest.mark.usefixtures("lively")
def test_without_a_day_it_is_todays(ask: Ask) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 20, 0, tzinfo=UTC), tick=False):
        now = ask("GET", "/accounts/acme/health").json
        today = ask("GET", "/accounts/acme/health?as_of=2026-11-21").json
        assert now == today
        assert now["as_of"] == "2026-11-21"
        assert ask("GET", "/accounts/acme/health?as_of=2026-11-22").status_code == 422


def test_a_day_on_which_it_was_no_customer_has_no_score(ask: Ask, session: Session) -> None:
    day = date(2026, 11, 1)
    make_account(
        session,
        external_id="gone",
        status=AccountStatus.CHURNED,
        started_on=date(2026, 10, 1),
        churned_on=day,
    )
    for wrong in (date(2026, 9, 30), day + timedelta(days=1)):
        told = ask("GET", f"/accounts/gone/health?as_of={wrong}").json
        assert (told["score"], told["band"], told["coverage"], told["components"]) == (None, None, 0, [])
    assert ask("GET", f"/accounts/gone/health?as_of={day}").json["components"]


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-01", "9999-12-31", "0001-01-01"])
def test_what_is_no_day_is_refused(ask: Ask, session: Session, day: str) -> None:
    make_account(session, external_id="acme")
    answer = ask("GET", f"/accounts/acme/health?as_of={day}")
    assert answer.status_code == (200 if day.startswith("0001") else 422)
