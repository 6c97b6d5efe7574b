"""The page of a step: who is stuck there, what it offers, and what they looked for meanwhile."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.adoption.service import Fact, record
from portal.insights.help_sessions import Event
from portal.insights.stuck import Sought, article_ids_of, sought
from portal.knowledge.models import ArticleVote, Translation
from portal.onboarding import service
from portal.onboarding.models import SuccessMap
from portal.onboarding.rules import Proof
from tests.factories import NOW, make_account, make_customer, make_user
from tests.insights.ledger import MONDAY, event, sessions_of
from tests.knowledge.factories import make_article
from tests.onboarding.factories import draft, make_map
from tests.statements import statements

Browse = Callable[[User], FlaskClient]
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session))


@pytest.fixture
def article(session: Session) -> Translation:
    return make_article(session, "Import a price list")


@pytest.fixture
def success_map(session: Session, article: Translation) -> SuccessMap:
    proof = Proof(kind="product.price_list_imported")
    first = draft("Read about it", due_after_days=0)
    return make_map(
        session, [first, draft(due_after_days=2, article_id=article.article_id, proof=proof, needs=["s1"])]
    )


def begin(
    session: Session, success_map: SuccessMap, account: Account, *, days_ago: int, ready_days_ago: int | None
) -> None:
    """Start a checklist so many days ago, whose first step was done some days ago or never."""
    checklist = service.start_checklist(
        session,
        actor=SYSTEM,
        account_id=account.id,
        map_id=success_map.id,
        started_on=TODAY - timedelta(days=days_ago),
    )
    if ready_days_ago is not None:
        at = NOW - timedelta(days=ready_days_ago)
        service.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=at)
    session.commit()


def search(
    session: Session, user: User, query: str, *, days_ago: int, results: int, opens: bool = False
) -> None:
    """Let someone search, and open the first result a little later."""
    asked = Fact(
        kind="search.performed",
        key=f"{query} {days_ago} {user.id}",
        occurred_at=NOW - timedelta(days=days_ago),
        account_id=user.account_id,
        user_id=user.id,
        data={"query": query, "results": results, "language": "en"},
    )
    opened = replace(
        asked,
        kind="search.result_opened",
        key=f"opened {asked.key}",
        occurred_at=asked.occurred_at + timedelta(seconds=20),
        subject="article:1",
        data={"query": query, "rank": 1},
    )
    record(session, [asked, opened] if opens else [asked], now=NOW)
    session.commit()


def page_of(browser: FlaskClient, success_map: SuccessMap, key: str = "s2") -> str:
    answer = browser.get(f"/staff/onboarding/funnel/{success_map.slug}/{key}")
    assert answer.status_code == 200
    return answer.text


def test_it_shows_who_is_stuck_and_since_when(
    session: Session, staff: FlaskClient, success_map: SuccessMap
) -> None:
    for name, days_ago, ready_days_ago in (
        ("Late", 20, 18),
        ("Later", 40, 30),
        ("Waiting", 30, None),
        ("New", 3, 2),
    ):
        account = make_account(session, name=f"{name} Ltd", country="ZZ")
        begin(session, success_map, account, days_ago=days_ago, ready_days_ago=ready_days_ago)
    gone = make_account(
        session, name="Gone Ltd", status=AccountStatus.CHURNED, churned_on=TODAY - timedelta(days=1)
    )
    begin(session, success_map, gone, days_ago=40, ready_days_ago=30)

    page = page_of(staff, success_map)

    assert page.index("Later Ltd") < page.index("Waiting Ltd") < page.index("Late Ltd")
    assert "New Ltd" not in page
    assert "Gone Ltd" not in page
    assert page.count("Waits for another step") == 1
    assert "Nov 2, 2026" in page
    assert "Stuck <strong>3</strong>" in page


def test_it_shows_what_its_articles_are_worth(
    session: Session, staff: FlaskClient, success_map: SuccessMap, article: Translation
) -> None:
    begin(session, success_map, make_account(session), days_ago=30, ready_days_ago=29)
    session.add_all(
        ArticleVote(
            article_id=article.article_id,
            language="en",
            voter=f"visitor:{number}",
            is_helpful=number < 1,
            voted_at=NOW,
            revision_number=1,
        )
        for number in range(4)
    )
    session.commit()

    page = page_of(staff, success_map)

    assert "Import a price list</a>" in page
    assert "5% or more" in page
    assert "1 of 4" in page
    assert "No article belongs to this step." in page_of(staff, success_map, "s1")


def test_it_shows_what_they_looked_for_since_they_could_do_it(
    session: Session, staff: FlaskClient, success_map: SuccessMap
) -> None:
    stuck, other = make_account(session, country="ZZ"), make_customer(session)
    begin(session, success_map, stuck, days_ago=30, ready_days_ago=20)
    member, colleague = make_user(session, account=stuck), make_user(session, account=stuck)
    search(session, member, "too early", days_ago=21, results=1)
    search(session, member, "csv columns", days_ago=19, results=0)
    search(session, colleague, "CSV Columns", days_ago=2, results=7, opens=True)
    search(session, other, "somebody else", days_ago=2, results=1)

    page = " ".join(page_of(staff, success_map).split())

    cells = ("CSV Columns</th>", "2</td>", "2</td>", "7</td>", "1 of 2</td>")
    assert all(cell in page.partition("What they looked for")[2] for cell in cells)
    assert "csv columns" not in page
    assert "too early" not in page
    assert "somebody else" not in page


def test_it_compares_tiers_and_plans(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    for tier in (TouchTier.HIGH, TouchTier.HIGH, TouchTier.TECH):
        account = make_account(session, touch_tier=tier, plan="starter")
        begin(session, success_map, account, days_ago=30, ready_days_ago=26)

    page = re.sub(r"\s*([<>])\s*", r"\1", page_of(staff, success_map, "s1"))

    assert 'High touch</th><td class="number">2 of 2</td>' in page
    assert 'Starter</th><td class="number">3 of 3</td>' in page
    assert "4 (4 or more)" in page
    assert "Low touch" not in page
    assert "They have searched for nothing" in page
    assert "Nobody is stuck at this step." in page


def test_it_costs_the_same_however_many_are_stuck(
    session: Session, staff: FlaskClient, success_map: SuccessMap
) -> None:
    def cost() -> int:
        with statements() as seen:
            page_of(staff, success_map)
        return len(seen)

    begin(session, success_map, make_account(session), days_ago=30, ready_days_ago=26)
    cost()
    few = cost()
    for _ in range(5):
        begin(session, success_map, make_account(session), days_ago=30, ready_days_ago=26)

    assert cost() == few


def test_an_unknown_step_is_not_found(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    assert staff.get(f"/staff/onboarding/funnel/{success_map.slug}/s2").status_code == 404, "nobody has begun"
    begin(session, success_map, make_account(session), days_ago=30, ready_days_ago=26)

    assert staff.get(f"/staff/onboarding/funnel/{success_map.slug}/s9").status_code == 404
    assert staff.get("/staff/onboarding/funnel/none/s1").status_code == 404


def test_articles_are_those_a_step_is_done_with_or_proved_by(session: Session) -> None:
    subjects = ("article:4", "article:x", "topic:9")
    drafts = [
        draft("Read", article_id=3),
        draft("Prove", proof=Proof(kind="article.read", where={"subject": subjects})),
        draft("By hand"),
    ]

    assert article_ids_of(make_map(session, drafts).steps) == {3, 4}


@pytest.mark.usefixtures("app")
def test_searches_for_the_same_are_one_row() -> None:
    def asked(number: int, seconds: float, query: str, person: str, **data: object) -> Event:
        made = event(number, "search.performed", seconds, person=person, query=query, **data)
        return replace(made, account_id=7)

    sessions = sessions_of(
        asked(1, 0, "ＣＳＶ", "user:1", results=2),
        asked(2, 90000, "csv", "user:2"),
        asked(3, 200, "labels", "user:1", results=0),
    )

    day = (MONDAY + timedelta(hours=9)).date()
    assert sought(sessions, {7: day}) == [
        Sought(text="csv", searches=2, people=2, results=None, opened=0),
        Sought(text="labels", searches=1, people=1, results=0, opened=0),
    ]
    assert [row.searches for row in sought(sessions, {7: day + timedelta(days=1)})] == [1]
    assert sought(sessions, {8: day}) == []
