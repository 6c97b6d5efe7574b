"""The page of an account tells all that is known of it, at a bounded cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.forum import verdicts
from portal.health.actions.models import NextAction
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.charts import history_chart
from portal.health.model import FIRST, shipped
from portal.health.notes import service as notes
from portal.health.portrait import queries
from portal.health.portrait.queries import QuestionState, ScoreDay
from tests.architecture.test_statements import statements_of
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_reply,
    make_request,
    make_topic,
    make_user,
)
from tests.health.conftest import Tell
from tests.health.staff import DAY, TODAY, make_score
from tests.knowledge.factories import make_article
from tests.onboarding.factories import make_checklist, make_goal

Browse = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Mio"))


def test_questions_without_an_answer_come_first(session: Session, account: Account, kim: User) -> None:
    helper = make_user(session)
    solved, answered, open_one = (
        make_topic(session, author=kim, title=title, now=NOW - days * DAY)
        for title, days in (("Solved", 1), ("Answered", 2), ("Open", 3))
    )
    reply = make_reply(session, author=helper, topic=solved)
    make_reply(session, author=helper, topic=answered)
    verdicts.accept_answer(session, actor=actor_of(kim), post_id=reply.id, now=NOW)
    session.commit()

    found = [(one.topic.id, one.state) for one in queries.questions_for(session, SYSTEM, account.id)]

    assert found == [
        (open_one.id, QuestionState.UNANSWERED),
        (solved.id, QuestionState.SOLVED),
        (answered.id, QuestionState.ANSWERED),
    ]


def test_articles_are_those_that_the_accounts_people_read_lately(
    session: Session, account: Account, kim: User, tell: Tell
) -> None:
    often, once, long_ago = (make_article(session, title).article_id for title in ("Often", "Once", "Old"))
    other = make_user(session, account=account)
    tell(account, "article.read", 1, 2, user=kim, subject=f"article:{often}")
    tell(account, "article.read", 89, user=other, subject=f"article:{often}")
    tell(account, "article.read", 5, user=kim, subject=f"article:{once}")
    tell(account, "article.read", 90, 91, user=kim, subject=f"article:{long_ago}")
    tell(make_account(session), "article.read", 1, subject=f"article:{once}")

    found = queries.top_articles_for(session, SYSTEM, account.id, language="en", today=TODAY)

    assert [(one.named.title, one.times, one.people) for one in found] == [("Often", 3, 2), ("Once", 1, 1)]


def test_the_chart_marks_where_another_model_began(app: Flask) -> None:
    days = [
        ScoreDay(day=TODAY - ago * DAY, points_e4=points * 10_000, model=model)
        for ago, points, model in ((4, 80, "v1"), (3, 80, "v1"), (2, 30, "v2"), (1, 32, "v2"))
    ]

    with app.test_request_context():
        chart = history_chart(days, model=shipped(FIRST))

    (mark,) = chart.marks
    assert mark.label == "Dashed line: from Nov 18, 2026 on model v2 makes the score."
    assert mark.at == round(6 + 92 * 2 / 3, 2)
    assert chart.title == "Up by 2.0 points since Nov 18, 2026, to 32.0"


def test_everything_has_a_link_to_its_row(
    session: Session, staff: FlaskClient, account: Account, kim: User, tell: Tell
) -> None:
    kim.role = Role.CHAMPION
    checklist = make_checklist(session, account)
    goal = make_goal(session, checklist)
    session.commit()
    topic, request = make_topic(session, author=kim), make_request(session, author=kim)
    article = make_article(session, "Print labels").article_id
    tell(account, "article.read", 1, user=kim, subject=f"article:{article}")

    page = staff.get(f"/staff/accounts/{account.id}").text

    for link in (
        f"/people/{kim.id}",
        f"/staff/onboarding/checklists/{checklist.id}",
        f"/onboarding/goals/{goal.id}",
        f"/community/topics/{topic.id}",
        f"/support/requests/{request.id}",
        f"/help/en/articles/{article}-",
        f"/staff/accounts/{account.id}/signals",
        f"/staff/accounts/{account.id}/override",
    ):
        assert f'href="{link}' in page
    assert "Champion" in page
    assert "No answer yet" in page


def test_signals_of_a_category(staff: FlaskClient, account: Account, kim: User, tell: Tell) -> None:
    tell(account, "article.read", 1, user=kim)
    tell(account, "feature.used", 1, 2, user=kim)
    tell(account, "product.exported", 1, user=kim)
    path = f"/staff/accounts/{account.id}/signals"

    assert staff.get(f"{path}?category=product_use").text.count("<time") == 3
    assert staff.get(f"{path}?category=self_service").text.count("<time") == 1
    assert staff.get(f"{path}?category=nonsense").text.count("<time") == 4


def test_the_page_costs_the_same_whatever_there_is(
    app: Flask, session: Session, staff: FlaskClient, account: Account, tell: Tell
) -> None:
    def add(count: int) -> int:
        for _ in range(count):
            person = make_user(session, account=account)
            make_topic(session, author=person)
            make_request(session, author=person)
            make_goal(session, make_checklist(session, account))
            article = make_article(session).article_id
            tell(account, "article.read", 1, user=person, subject=f"article:{article}")
            notes.add(session, actor=actor_of(make_user(session)), account_id=account.id, body="A", now=NOW)
            due = {"due_on": TODAY, "made_at": NOW}
            session.add(NextAction(account_id=account.id, what="Call", owner_id=person.id, **due))
        session.commit()
        return statements_of(app, staff, f"/staff/accounts/{account.id}")

    make_score(session, account, 50)
    alert = {"facts": {"days": 21}, "opened_at": NOW - timedelta(days=1)}
    session.add(AccountAlert(account_id=account.id, rule=AlertRule.SILENT, **alert))
    assert add(2) == add(6) <= 60
