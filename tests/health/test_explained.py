"""Explanations since any day: both days are seen by one model, and everything adds up."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import html5lib
import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.accounts.service import AccountDetails
from portal.health import following, service
from portal.health.explained import computed_explanation_for, explanation_for
from portal.health.explanation import change, next_steps
from portal.health.model import Measure, Model, shipped_text
from portal.health.rules import Evidence, score
from portal.health.versions import service as versions
from portal.health.versions.rules import renamed
from tests.factories import NOW, make_user
from tests.health.evidence import AS_OF, ledgers, models

Browse = Callable[[User], FlaskClient]
TODAY = date(2026, 11, 20)
SINCE = date(2026, 10, 20)
ALL = tuple(Measure)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scored(session: Session, busy: Account) -> Account:
    service.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()
    return busy


def put_to_use(session: Session, text: str) -> None:
    draft = versions.create_draft(session, actor=SYSTEM, text=text, now=NOW)
    versions.activate(session, actor=SYSTEM, model_id=draft.id, edition=1, now=NOW)
    session.commit()
    following.follow()
    session.rollback()


def test_a_stored_day_of_the_same_version_is_compared_as_it_was_stored(
    session: Session, scored: Account
) -> None:
    found = explanation_for(session, SYSTEM, scored.id, since=SINCE)

    assert found
    assert found.change
    computed = computed_explanation_for(session, SYSTEM, scored.id, day=TODAY, since=SINCE, now=NOW)
    assert (found.before, found.score, found.model_then) == (computed.before, computed.score, None)
    assert found.change.delta_e4 == sum(part.delta_e4 for part in found.change.parts)


def test_by_default_it_is_compared_with_28_days_before(session: Session, scored: Account) -> None:
    found = explanation_for(session, SYSTEM, scored.id)

    assert found
    assert found.since == TODAY - timedelta(days=28)


def test_after_a_change_of_the_version_both_days_are_seen_by_the_new_one(
    session: Session, scored: Account
) -> None:
    old = explanation_for(session, SYSTEM, scored.id, since=SINCE)
    put_to_use(session, renamed(shipped_text("v1"), "v2").replace("weight = 15", "weight = 90"))

    found = explanation_for(session, SYSTEM, scored.id, since=SINCE)

    assert old
    assert found
    assert (found.model.version, found.model_then) == ("v2", "v1")
    assert found.before
    assert old.before
    assert found.before.points_e4 != old.before.points_e4
    computed = computed_explanation_for(session, SYSTEM, scored.id, day=SINCE, now=NOW)
    assert found.before == computed.score


def test_before_it_was_a_customer_nothing_is_compared(session: Session, scored: Account) -> None:
    found = explanation_for(session, SYSTEM, scored.id, since=scored.started_on - timedelta(days=1))

    assert found
    assert (found.before, found.change) == (None, None)


@pytest.mark.parametrize("since", [TODAY, TODAY + timedelta(days=9), date.max])
def test_a_day_that_is_not_earlier_becomes_yesterday(session: Session, scored: Account, since: date) -> None:
    found = explanation_for(session, SYSTEM, scored.id, since=since)

    assert found
    assert found.since == TODAY - timedelta(days=1)


@given(models(*ALL), models(*ALL), ledgers(), st.integers(0, 400))
def test_changes_between_any_days_and_models_add_up(
    old: Model, new: Model, known: Evidence, days: int
) -> None:
    before, after = score(old, known, AS_OF - timedelta(days=days)), score(new, known, AS_OF)
    whole = change(before, after)

    assert sum(part.delta_e4 for part in whole.parts) == whole.delta_e4
    for part in whole.parts:
        assert not part.parts or sum(one.delta_e4 for one in part.parts) == part.delta_e4


@given(models(*ALL), ledgers())
def test_there_is_at_most_one_next_step_a_component_the_best_first(model: Model, known: Evidence) -> None:
    steps = next_steps(model, known, AS_OF)

    names = [step.component.name for step in steps]
    assert len(names) == len(set(names))
    gains = [step.gain_e4 for step in steps]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)
    assert all(step.feature in step.component.features for step in steps)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("changed", [False, True])
def test_what_the_page_shows_adds_up(
    session: Session, scored: Account, browser_of: Browse, *, language: str, changed: bool
) -> None:
    if changed:
        put_to_use(session, renamed(shipped_text("v1"), "v2").replace("weight = 15", "weight = 90"))
    staff = browser_of(make_user(session))

    html = staff.get(f"/staff/accounts/{scored.id}?since={SINCE}", headers={"Accept-Language": language}).text

    tree = html5lib.parse(html, namespaceHTMLElements=False)
    table = tree.find(".//section[@aria-labelledby='score']//table")
    assert table is not None
    rows = [["".join(cell.itertext()).strip() for cell in line] for line in table.iter("tr")][1:]
    *parts, total = rows
    sides = [row for row in parts if not row[1]]
    assert sum(Decimal(row[3]) for row in sides) == Decimal(total[1])
    assert sum(Decimal(row[4]) for row in sides) == Decimal(total[2]) != 0
    features = [row for row in parts if row[1]]
    assert sum(Decimal(row[4]) for row in features) == Decimal(total[2])
    assert ("v1" in html.partition('id="score"')[2].partition("<table")[0]) is changed


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Seats: 4 on Oct 20, 2026, 40 on Nov 20, 2026."),
        ("ja", "シート数は2026/10/20に4、2026/11/20に40です。"),
    ],
)
def test_the_page_says_that_there_are_other_seats(
    session: Session, scored: Account, browser_of: Browse, *, language: str, said: str
) -> None:
    staff, address = browser_of(make_user(session)), f"/staff/accounts/{scored.id}?since={SINCE}"
    language_of = {"Accept-Language": language}
    before = staff.get(address, headers=language_of).text
    details = {name: getattr(scored, name) for name in AccountDetails.__dataclass_fields__} | {"seats": 40}
    accounts.update_account(
        session, actor=SYSTEM, account_id=scored.id, details=AccountDetails(**details), now=NOW
    )
    service.rebuild_scores(session, account_id=scored.id, now=NOW)
    session.commit()

    after = staff.get(address, headers=language_of).text

    assert said not in before
    assert said in after


def test_each_line_leads_to_the_signals_behind_it(
    session: Session, scored: Account, browser_of: Browse
) -> None:
    staff = browser_of(make_user(session))
    html = staff.get(f"/staff/accounts/{scored.id}").text
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    links = [
        link
        for link in tree.iter("a")
        if "".join(link.itertext()).strip() == "How much is done in the product"
    ]

    (address,) = (str(link.get("href")) for link in links)

    assert "since=2026-08-23" in address
    assert "until=2026-11-20" in address
    page = staff.get(address).text
    assert "Used a feature" in page
    assert "Read an article" not in page.partition("<tbody>")[2]


@pytest.mark.parametrize("since", ["tomorrow", "2026-13-40", "", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_read_is_no_failure(
    session: Session, scored: Account, browser_of: Browse, since: str
) -> None:
    staff = browser_of(make_user(session))
    for path in ("", "/signals"):
        answer = staff.get(f"/staff/accounts/{scored.id}{path}?since={since}&until={since}")
        assert answer.status_code == 200
