"""What staff see across features; customers and visitors see none of it."""

import csv
import io
from collections.abc import Callable

import html5lib
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import User
from portal.forum import flags
from portal.forum.models import PostFlag
from portal.insights.catalogue import FIGURES
from portal.insights.queries import Ledger, Period, Wanted
from portal.insights.reading import Part, read_all
from portal.support import service as support
from tests.factories import NOW, actor_of, make_account, make_customer, make_reply, make_topic, make_user
from tests.insights.world import TODAY, make_world

Browse = Callable[[User], FlaskClient]
PAGES = (
    "/staff/",
    "/staff/insights/",
    "/staff/insights/definitions",
    "/staff/insights/search_success",
    "/staff/gaps/",
    "/staff/people/",
)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Staff person"))


@pytest.fixture
def flag(session: Session) -> PostFlag:
    topic = make_topic(session, author=make_customer(session), title="Buy watches")
    post = make_reply(session, author=make_customer(session), topic=topic, body="Cheap watches here.")
    reader = actor_of(make_customer(session, name="Careful reader"))
    flags.flag(session, actor=reader, post_id=post.id, reason="spam", comment="An advert", now=NOW)
    session.commit()
    return session.query(PostFlag).one()


@pytest.mark.parametrize("page", PAGES)
def test_customers_are_kept_out(session: Session, browser_of: Browse, page: str) -> None:
    assert browser_of(make_customer(session)).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_visitors_are_asked_to_sign_in(client: FlaskClient, page: str) -> None:
    answer = client.get(page)

    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_when_nothing_has_happened(staff: FlaskClient, page: str, language: str) -> None:
    assert staff.get(page, headers={"Accept-Language": language}).status_code == 200


def test_a_figure_that_is_not_there_is_not_found(staff: FlaskClient) -> None:
    assert staff.get("/staff/insights/happiness").status_code == 404
    assert staff.get("/staff/insights/active_people?language=ja").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01&to=9999-12-31",
        "from=9999-12-31",
        "to=0001-01-01",
        "from=soon&to=later&account=x&tier=none&language=tlh&page=-1",
        "account=999999999999",
        "tier=high&language=ja&page=7",
    ],
)
@pytest.mark.parametrize("page", ["insights/", "insights/help_sessions", "gaps/"])
def test_whatever_is_asked_for_gets_an_answer(staff: FlaskClient, page: str, query: str) -> None:
    assert staff.get(f"/staff/{page}?{query}").status_code == 200


def test_the_figures_page_shows_each_with_its_definition_and_rows(
    session: Session, staff: FlaskClient
) -> None:
    make_world(session, seed=0)

    html = staff.get("/staff/insights/?tier=low").text

    for figure in FIGURES:
        assert figure.label_en in html
        assert f"/staff/insights/definitions#{figure.name}" in html
        assert f"/staff/insights/{figure.name}?tier=low" in html


def test_definitions_are_there_in_both_languages(staff: FlaskClient) -> None:
    for language, text in (("en", "meaning_en"), ("ja", "meaning_ja")):
        html = staff.get("/staff/insights/definitions", headers={"Accept-Language": language}).text
        assert all(f'id="{figure.name}"' in html for figure in FIGURES)
        assert all(getattr(figure, text) in html for figure in FIGURES)


def rows_shown(browser: FlaskClient, name: str, part: Part) -> int:
    """Return how many rows all pages of a part show together; its table is the last on the page."""
    count, page = 0, 1
    while True:
        html = browser.get(f"/staff/insights/{name}?part={part.name}&page={page}").text
        tables = html5lib.parse(html, namespaceHTMLElements=False).findall(".//table")
        count += len(tables[-1].findall("./tbody/tr")) if part.ids else 0
        if f"page={page + 1}" not in html:
            return count
        page += 1


def test_every_figure_opens_exactly_the_rows_that_it_counts(session: Session, staff: FlaskClient) -> None:
    make_world(session, seed=0)
    wanted = Wanted(period=Period.between(None, None, today=TODAY))
    readings = read_all(Ledger(session, SYSTEM, wanted, now=NOW))

    for reading in readings:
        shown = {part.name: rows_shown(staff, reading.figure.name, part) for part in reading.parts}
        assert shown == {part.name: len(part.ids) for part in reading.parts}, reading.figure.name


def test_figures_come_as_a_file(session: Session, staff: FlaskClient) -> None:
    make_world(session, seed=0)

    answer = staff.get("/staff/insights/?format=csv")
    header, *lines = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))

    assert answer.mimetype == "text/csv"
    assert header[:4] == ["Figure", "Numerator", "Denominator", "Share"]
    assert [line[0] for line in lines] == [figure.label_en for figure in FIGURES]
    search = next(line for line in lines if line[0] == "Search success")
    assert float(search[3]) == int(search[1]) / int(search[2])


def test_gaps_lead_to_a_new_article_and_come_as_a_file(session: Session, staff: FlaskClient) -> None:
    make_world(session, seed=0)

    html = staff.get("/staff/gaps/").text
    lines = list(csv.reader(io.StringIO(staff.get("/staff/gaps/?format=csv").get_data().decode("utf-8-sig"))))

    assert "/staff/articles/new?title=merge+customers" in html
    assert "merge customers" in [line[0] for line in lines]
    costs = [float(line[4]) for line in lines[1:]]
    assert costs == sorted(costs, reverse=True)


def test_the_day_begins_with_what_needs_attention(
    session: Session, staff: FlaskClient, flag: PostFlag
) -> None:
    customer = make_customer(session)
    support.open_request(
        session, actor=actor_of(customer), title="Nothing prints", body="Since today.", now=NOW
    )
    make_world(session, seed=0)
    session.commit()

    html = staff.get("/staff/").text

    assert "Nothing prints" in html
    assert "Buy watches" in html
    assert "/staff/articles/new?title=" in html


@pytest.mark.parametrize(("role", "may_invite_staff"), [(Role.STAFF, False), (Role.ADMIN, True)])
def test_only_an_admin_is_offered_to_invite_staff(
    session: Session, browser_of: Browse, role: Role, *, may_invite_staff: bool
) -> None:
    make_account(session, name="Acme")
    browser = browser_of(make_user(session, role=role, name="A colleague"))

    html = browser.get("/staff/people/").text

    assert "A colleague" in html
    assert "Acme" in html
    assert ('value="staff"' in html) is may_invite_staff


def test_staff_invite_a_customer_into_an_account(session: Session, staff: FlaskClient) -> None:
    account = make_account(session)

    answer = staff.post(
        "/invitations", data={"email": "new@acme.test", "role": "customer", "account_id": account.id}
    )

    assert answer.status_code == 201
    assert "/invitations/" in answer.text
