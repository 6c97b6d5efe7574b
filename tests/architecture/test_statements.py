"""Pages ask the database a bounded number of times, whatever they show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.core.db import db
from portal.forum.drafts import service as drafts
from portal.forum.drafts.service import Begun, Window
from portal.forum.paths import path_of_topic
from portal.onboarding import service
from portal.onboarding.models import Instrument
from tests.factories import NOW, actor_of, make_account, make_board, make_customer, make_reply, make_topic
from tests.knowledge.factories import make_article, make_section, translate
from tests.onboarding.factories import draft, make_checklist

Browse = Callable[[User], FlaskClient]

HOME: Final = 7
SIGNED_IN_HOME: Final = 10
SEARCH: Final = 6
ARTICLE: Final = 7
TOPIC: Final = 3
SIGNED_IN_TOPIC: Final = 9
DRAFTS: Final = 10
ONBOARDING: Final = 16
STEP: Final = 14


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile, but not the beginning and end of transactions."""
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    yield statements
    event.remove(db.engine, "before_cursor_execute", count)


def statements_of(app: Flask, browser: FlaskClient, path: str) -> int:
    """Return how many statements a page costs when no piece of it is kept from before."""
    app.extensions["activity"].close()
    app.extensions["fragments"].clear()
    with counted() as statements:
        assert browser.get(path).status_code == 200
    return len(statements)


def topic_with(session: Session, replies: int) -> str:
    asker, helper, board = make_customer(session), make_customer(session), make_board(session)
    topic = make_topic(session, author=asker, board=board)
    for number in range(replies):
        make_reply(session, author=(asker, helper)[number % 2], topic=topic)
    return path_of_topic(topic)


def test_a_topic(app: Flask, session: Session, client: FlaskClient) -> None:
    short, long = topic_with(session, 4), topic_with(session, 59)
    cost = statements_of(app, client, short)
    assert cost == statements_of(app, client, long) == statements_of(app, client, f"{long}?page=3") <= TOPIC


def test_a_topic_for_someone_signed_in(app: Flask, session: Session, browser_of: Browse) -> None:
    browser = browser_of(make_customer(session))
    cost = statements_of(app, browser, topic_with(session, 4))
    assert cost == statements_of(app, browser, topic_with(session, 59)) <= SIGNED_IN_TOPIC


def test_a_question_that_waits_costs_others_no_more(
    app: Flask, session: Session, browser_of: Browse, client: FlaskClient
) -> None:
    waiting, answered = topic_with(session, 0), topic_with(session, 4)
    browser = browser_of(make_customer(session))
    for reader in (client, browser):
        assert statements_of(app, reader, waiting) == statements_of(app, reader, answered)


def test_the_drafts_of_a_person(app: Flask, session: Session, browser_of: Browse) -> None:
    author = make_customer(session)
    browser, actor = browser_of(author), actor_of(author)

    def begin(count: int) -> int:
        for _ in range(count):
            topic = make_topic(session, author=author)
            for place in (f"new:{topic.board.slug}", f"topic:{topic.id}", f"edit:{topic.id}:1"):
                text = Begun(body="Begun")
                drafts.save(session, actor=actor, place=place, text=text, window=Window(), now=NOW)
        session.commit()
        return statements_of(app, browser, "/me/drafts/")

    assert begin(1) == begin(9) <= DRAFTS


def test_an_article(app: Flask, session: Session, client: FlaskClient) -> None:
    section = make_section(session, parent=make_section(session, parent=make_section(session)))
    article = make_article(session, section=section)
    translate(session, article)
    path = f"/help/en/articles/{article.article_id}-{article.slug}"
    alone = statements_of(app, client, path)
    for _ in range(20):
        make_article(session, section=section)
    assert alone == statements_of(app, client, path) <= ARTICLE


def fill(session: Session, asker: User, *, times: int) -> None:
    for _ in range(times):
        make_article(session, section=make_section(session))
        make_topic(session, author=asker, board=make_board(session))


def test_home(app: Flask, session: Session, browser_of: Browse, client: FlaskClient) -> None:
    asker = make_customer(session)
    browser = browser_of(asker)
    fill(session, asker, times=1)
    make_checklist(session, asker.account or make_account(session))
    public, personal = statements_of(app, client, "/"), statements_of(app, browser, "/")
    fill(session, asker, times=12)
    assert public == statements_of(app, client, "/") <= HOME
    assert personal == statements_of(app, browser, "/") <= SIGNED_IN_HOME


def test_onboarding(app: Flask, session: Session, browser_of: Browse) -> None:
    member, board = make_customer(session), make_board(session, slug="printing")
    account, browser = member.account or make_account(session), browser_of(member)

    def begin(count: int) -> int:
        for _ in range(count):
            topic = make_topic(session, author=member, board=board)
            drafts = [
                draft(instrument=Instrument.BOARD, reference="printing"),
                draft(instrument=Instrument.TOPIC, reference=str(topic.id)),
                draft(article_id=make_article(session).article_id, needs=["s1", "s2"]),
            ]
            checklist = make_checklist(session, account, drafts)
            service.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW)
        session.commit()
        return statements_of(app, browser, "/onboarding/")

    assert begin(1) == begin(7) <= ONBOARDING


def test_a_step(app: Flask, session: Session, browser_of: Browse) -> None:
    member = make_customer(session)
    account, browser = member.account or make_account(session), browser_of(member)
    costs = []
    for count in (1, 9):
        drafts = [draft(article_id=make_article(session).article_id) for _ in range(count)]
        step = make_checklist(session, account, drafts).steps[0]
        costs.append(statements_of(app, browser, f"/onboarding/steps/{step.id}"))
    assert costs[0] == costs[1] <= STEP


def test_search(app: Flask, session: Session, client: FlaskClient, work: Callable[[], None]) -> None:
    asker = make_customer(session)
    fill(session, asker, times=1)
    work()
    addresses = (
        "/search?q=print+labels",
        "/search/suggestions?q=print+la",
        "/search/similar?title=print+labels",
    )
    client.get(addresses[1])  # What staff decided about search is read once.
    costs = [statements_of(app, client, address) for address in addresses]
    fill(session, asker, times=30)
    work()
    assert costs == [statements_of(app, client, address) for address in addresses]
    assert max(costs) <= SEARCH
