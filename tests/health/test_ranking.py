"""The ranked list: the database filters, sorts and cuts it as plain Python would, at a bounded cost."""

import random
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.health.actions.models import NextAction
from portal.health.display import total_delta
from portal.health.model import Band
from portal.health.overrides.models import HealthOverride
from portal.health.ranking.queries import AccountFilter, RankedAccount, count_for, ranked_accounts_for
from portal.health.ranking.rules import Renewal, Trend, trend_of
from tests.architecture.test_statements import statements_of
from tests.factories import NOW, make_account, make_user
from tests.health.staff import DAY, TODAY, make_score

Browse = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Mio"))


def ranked(session: Session, order: str = "stake", **wanted: object) -> list[RankedAccount]:
    filters = AccountFilter(**wanted)  # type: ignore[arg-type]  # Values are fields.
    rows = list(ranked_accounts_for(session, SYSTEM, filters, today=TODAY, order=order))
    assert count_for(session, SYSTEM, filters, today=TODAY) == len(rows)
    return rows


@pytest.fixture
def crowd(session: Session) -> list[Account]:
    """Sixty accounts with all that a list looks at, by chance but the same every time."""
    chance = random.Random(4)  # noqa: S311  # The same every time.
    found = []
    for _ in range(60):
        renews_on = chance.choice(
            [None, *(TODAY + days * DAY for days in (-9, -1, 0, 30, 31, 60, 61, 90, 91))]
        )
        account = make_account(
            session, monthly_revenue=chance.choice([0, 100, 3_000_000, 2**31 - 1]), renews_on=renews_on
        )
        if chance.random() < 0.9:
            ago, points = chance.choice([0, 1, 5]), chance.choice([None, chance.uniform(0, 100)])
            make_score(session, account, points, ago=ago)
            then = chance.choice([None, (points or 50) + chance.choice([-9, -5, -4.9, 0, 4.9, 5, 30])])
            model = chance.choice(["v1", "v1", "v2"])
            make_score(session, account, then and min(max(then, 0), 100), ago=ago + 28, model=model)
        if chance.random() < 0.4:
            band, points_e4 = chance.choice(list(Band)), chance.choice([None, None, 123_456])
            ends_on = TODAY + chance.choice([-1, 0, 9]) * DAY
            override = {"band": band, "points_e4": points_e4, "ends_on": ends_on}
            ended_at = chance.choice([None, None, NOW])
            session.add(
                HealthOverride(account_id=account.id, reason="Why", set_at=NOW, ended_at=ended_at, **override)
            )
        for _ in range(chance.randrange(3)):
            due_on, done_at = TODAY + chance.randrange(-5, 5) * DAY, chance.choice([None, NOW])
            session.add(
                NextAction(account_id=account.id, what="Call", due_on=due_on, made_at=NOW, done_at=done_at)
            )
        found.append(account)
    session.commit()
    return found


KEYS: dict[str, Callable[[RankedAccount], Any]] = {
    "stake": lambda row: -row.at_stake,
    "name": lambda row: row.account.name.lower(),
    "score": lambda row: row.points_e4 if row.points_e4 is not None else -1,
    "renewal": lambda row: row.account.renews_on or date.max,
    "revenue": lambda row: -row.account.monthly_revenue,
    "action": lambda row: row.next_action.due_on if row.next_action else date.max,
}


@pytest.mark.parametrize("order", [*KEYS, "trend"])
def test_the_database_sorts_as_python_would(session: Session, crowd: list[Account], order: str) -> None:
    key = KEYS.get(order, moved)

    rows = ranked(session, order)

    assert len(rows) == 60
    assert [key(row) for row in rows] == sorted(key(row) for row in rows)


def moved(row: RankedAccount) -> int:
    """Return by how many shown tenths a score changed; 0 where that cannot be said."""
    return told(row) or 0


def told(row: RankedAccount) -> int | None:
    known = row.change and row.points_e4 is not None and row.change.before_e4
    return total_delta(row.change) if known and row.change else None


def test_trends_and_renewals_are_those_that_are_shown(session: Session, crowd: list[Account]) -> None:
    every = ranked(session)
    for trend in Trend:
        shown = {
            row.account.id for row in every if told(row) is not None and trend_of(told(row) or 0) is trend
        }
        assert {row.account.id for row in ranked(session, trend=trend)} == shown
        assert shown
    for renewal in Renewal:
        first, last = renewal.days(TODAY)
        days = {row.account.id: row.account.renews_on for row in every}
        wanted = {key for key, day in days.items() if day and first <= day <= last}
        assert {row.account.id for row in ranked(session, renewal=renewal)} == wanted
        assert wanted


def test_bands_are_those_of_judgements_and_scores(session: Session, crowd: list[Account]) -> None:
    every = ranked(session)
    for band in (*Band, "unknown"):
        shown = [row.account.id for row in every if ((row.override or row).band or "unknown") == band]
        assert [row.account.id for row in ranked(session, band=band)] == shown
        assert shown


def names(staff: FlaskClient, query: str) -> list[str]:
    html = staff.get(f"/staff/accounts/?{query}").text
    return re.findall(r'/staff/accounts/\d+">([^<]+)', html)


def test_a_name_of_any_length_is_looked_for(session: Session, staff: FlaskClient) -> None:
    make_account(session, name="x" * 200)

    assert staff.get("/staff/accounts/?name=" + "x" * 60_000).status_code == 200
    assert names(staff, "name=" + "x" * 60_000) == ["x" * 200]


def test_the_address_asks_for_everything(session: Session, browser_of: Browse) -> None:
    mio = make_user(session, name="Mio")
    make_account(session, name="Acme", manager_id=mio.id, renews_on=TODAY + 29 * DAY, external_id="one")
    make_account(session, name="Globex", renews_on=TODAY - DAY, external_id="two")
    staff = browser_of(mio)

    assert names(staff, "manager=mine") == ["Acme"]
    assert names(staff, "manager=nobody") == ["Globex"]
    assert names(staff, "renewal=30") == ["Acme"]
    assert names(staff, "renewal=overdue") == ["Globex"]
    assert names(staff, "name=cm") == ["Acme"]
    assert names(staff, "name=%25") == []
    assert names(staff, "name=TWO") == ["Globex"]
    assert names(staff, "renewal=nonsense&trend=nonsense&manager=x&page=-3&sort=name") == [
        "Acme",
        "Globex",
    ]


def test_filters_are_kept_from_page_to_page(session: Session, staff: FlaskClient) -> None:
    for number in range(101):
        make_account(session, name=f"Shop {number:03}", renews_on=TODAY + 9 * DAY)
    make_account(session, name="Other")

    page = staff.get("/staff/accounts/?name=shop&renewal=30&sort=name").text
    more = re.search(r'rel="next" href="([^"]+)"', page)
    assert more
    assert names(staff, more[1].replace("&amp;", "&").partition("?")[2]) == ["Shop 100"]
    assert "101 accounts" in page


def test_a_page_costs_the_same_whatever_there_is(app: Flask, session: Session, staff: FlaskClient) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            account = make_account(session, manager_id=make_user(session).id)
            make_score(session, account, 50)
            make_score(session, account, 40, ago=28)
            session.add(NextAction(account_id=account.id, what="Call", due_on=TODAY, made_at=NOW))
        session.commit()

    add(2)
    costs = [statements_of(app, staff, f"/staff/accounts/?{query}") for query in ("", "format=csv")]
    add(30)
    assert costs == [statements_of(app, staff, f"/staff/accounts/?{query}") for query in ("", "format=csv")]
    assert max(costs) <= 8
