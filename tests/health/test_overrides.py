"""A judgement by hand stands beside the score, with a reason and an end, and changes no score."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.core.clock import site_day_end
from portal.health.model import FIRST, Band, shipped
from portal.health.models import HealthScore
from portal.health.overrides import queries
from portal.health.overrides.models import HealthOverride
from portal.health.overrides.rules import bounds_e4, judged_e4
from tests.factories import NOW, make_account, make_user
from tests.health.staff import DAY, TODAY, make_score

Browse = Callable[[User], FlaskClient]
GOOD = {"band": "at_risk", "points": "", "reason": "Their sponsor left.", "ends_on": "2026-12-20"}


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Mio"))


@pytest.fixture
def acme(session: Session) -> Account:
    account = make_account(session, name="Acme")
    make_score(session, account, 80)
    return account


def judge(staff: FlaskClient, account: Account, **values: str) -> int:
    return staff.post(f"/staff/accounts/{account.id}/override", data=GOOD | values).status_code


def all_of(session: Session) -> list[HealthOverride]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(HealthOverride).order_by(HealthOverride.id)))


def test_it_stands_beside_the_score_on_list_page_and_file(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    assert judge(staff, acme) == 303

    page = staff.get(f"/staff/accounts/{acme.id}").text
    assert "Judged by hand: At risk" in page
    assert "Their sponsor left." in page
    table = staff.get("/staff/accounts/").text
    assert "By hand: At risk" in table
    assert "Healthy</span>" in table
    file = staff.get("/staff/accounts/?format=csv").get_data().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    assert (row["Score"], row["Health"]) == ("80.0", "Healthy")
    assert (row["Judged by hand"], row["Judged until"], row["Why judged so"]) == (
        "At risk",
        "2026-12-20",
        "Their sponsor left.",
    )
    session.rollback()
    (score,) = session.scalars(select(HealthScore)).all()
    assert (score.points_e4, score.band) == (800_000, "healthy")


def test_points_say_their_band(session: Session, staff: FlaskClient, acme: Account) -> None:
    assert judge(staff, acme, band="", points="39.9") == 303

    (override,) = all_of(session)
    assert (override.points_e4, override.band) == (399_000, Band.AT_RISK)
    assert "At risk, 39.9 points" in staff.get(f"/staff/accounts/{acme.id}").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"band": ""}, "band"),
        ({"points": "80"}, "points"),
        ({"band": "", "points": "101"}, "points"),
        ({"band": "", "points": "NaN"}, "points"),
        ({"band": "", "points": "sNaN"}, "points"),
        ({"band": "", "points": "-Infinity"}, "points"),
        ({"band": "thriving"}, "band"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"ends_on": ""}, "ends_on"),
        ({"ends_on": "2026-11-19"}, "ends_on"),
        ({"ends_on": "2027-05-20"}, "ends_on"),
    ],
)
def test_what_cannot_be_used_stays_on_the_page(
    session: Session, staff: FlaskClient, acme: Account, wrong: dict[str, str], field: str
) -> None:
    values = GOOD | wrong

    answer = staff.post(f"/staff/accounts/{acme.id}/override", data=values)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert values["reason"] in answer.text
    assert all_of(session) == []


@pytest.mark.parametrize("ends_on", ["2026-11-20", "2027-05-19"])
def test_it_holds_from_today_up_to_180_days(
    session: Session, staff: FlaskClient, acme: Account, ends_on: str
) -> None:
    assert judge(staff, acme, ends_on=ends_on) == 303


def test_it_ends_by_itself_after_its_last_day(
    session: Session, staff: FlaskClient, acme: Account, browser_of: Browse
) -> None:
    judge(staff, acme, ends_on="2026-11-25")
    session.rollback()

    last = TODAY + 5 * DAY
    assert queries.override_for(session, SYSTEM, acme.id, day=last) is not None
    assert queries.override_for(session, SYSTEM, acme.id, day=last + DAY) is None
    session.rollback()
    with time_machine.travel(NOW + timedelta(days=6), tick=False):
        later = browser_of(make_user(session))
        page = later.get("/staff/accounts/").text
        assert "Acme" in page
        assert "By hand" not in page
        assert "Judged by hand" not in later.get(f"/staff/accounts/{acme.id}").text
        assert judge(later, acme, ends_on="2026-12-25") == 303
    first, _second = all_of(session)
    assert (first.ended_by_id, first.ended_at) == (None, site_day_end(last))


def test_the_next_one_ends_it_and_the_history_stays(
    session: Session, staff: FlaskClient, acme: Account
) -> None:
    judge(staff, acme)
    judge(staff, acme, band="watch", reason="Someone new took over.")

    first, second = all_of(session)
    assert (first.ended_at, second.ended_at) == (NOW, None)
    page = staff.get(f"/staff/accounts/{acme.id}/override").text
    assert "Their sponsor left." in page
    assert "ended by Mio" in page


def test_it_is_ended_by_hand_and_holds_again(session: Session, staff: FlaskClient, acme: Account) -> None:
    judge(staff, acme)
    path = f"/staff/accounts/{acme.id}/override/ending"

    staff.post(path)
    assert "Judged by hand" not in staff.get(f"/staff/accounts/{acme.id}").text
    staff.post(path, data={"_method": "delete"})

    assert "Judged by hand" in staff.get(f"/staff/accounts/{acme.id}").text
    (override,) = all_of(session)
    assert (override.ended_at, override.ended_by_id) == (None, None)


def test_it_takes_the_accounts_place_in_the_list(session: Session, staff: FlaskClient, acme: Account) -> None:
    other = make_account(session, name="Globex")
    make_score(session, other, 60)
    assert staff.get("/staff/accounts/").text.index("Globex") < staff.get("/staff/accounts/").text.index(
        "Acme"
    )
    assert "Acme" not in staff.get("/staff/accounts/?band=at_risk").text

    judge(staff, acme)

    page = staff.get("/staff/accounts/").text
    assert page.index("Acme") < page.index("Globex")
    assert "Acme" in staff.get("/staff/accounts/?band=at_risk").text
    assert "Acme" not in staff.get("/staff/accounts/?band=healthy").text
    assert "Acme" in staff.get("/staff/").text


@given(st.none() | st.integers(0, 1_000_000), st.sampled_from(Band))
def test_a_mere_band_is_ranked_by_its_nearest_points(computed: int | None, band: Band) -> None:
    model = shipped(FIRST)
    low, high = bounds_e4(model, band)

    judged = judged_e4(model, computed, band, None)

    start = 500_000 if computed is None else computed
    assert model.band(judged / 10_000) is band
    assert low <= judged <= high
    assert judged == min((low, high, start), key=lambda each: (not low <= each <= high, abs(each - start)))


def test_customers_judge_nobody(session: Session, acme: Account, browser_of: Browse) -> None:
    customer = browser_of(make_user(session, account=acme))

    assert judge(customer, acme) == 403
    assert judge(browser_of(make_user(session)), make_account(session), reason="") == 422
