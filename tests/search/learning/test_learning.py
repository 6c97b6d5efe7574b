"""From the searches in the ledger to what is remembered, suggested and proposed."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import SYSTEM, VISITOR
from portal.accounts.models import User
from portal.core.db import db
from portal.search.learning import queries
from portal.search.learning.models import RememberedAccount, RememberedPage, RememberedQuery, SynonymProposal
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.search.learning.conftest import Learn, Search

Browse = Callable[[User], FlaskClient]


def remembered(session: Session) -> list[tuple[str, int, int, int]]:
    session.rollback()
    rows = session.scalars(select(RememberedQuery).order_by(RememberedQuery.folded))
    return [(row.text, row.accounts, row.people, row.readers) for row in rows]


def everything(session: Session) -> list[list[tuple[object, ...]]]:
    session.rollback()
    tables = (RememberedQuery, RememberedAccount, RememberedPage, SynonymProposal)
    return [sorted(tuple(row) for row in session.execute(select(*table.__table__.c))) for table in tables]


def test_a_query_is_remembered_once_something_was_opened(
    session: Session, search: Search, learn: Learn
) -> None:
    kim = make_customer(session)
    search(kim, "print labels", "read article:1")
    search(kim, "Print  Labels", "open article:2")
    search(make_customer(session), "print labels", "open article:1")
    search(kim, "quark")
    search(kim, "call 090-1234-5678", "open article:1")
    learn()

    assert remembered(session) == [("print labels", 2, 2, 1)]
    assert set(session.scalars(select(RememberedPage.group))) == {"article:1", "article:2"}


def test_staff_and_crawlers_teach_nothing(session: Session, search: Search, learn: Learn) -> None:
    search(make_user(session), "print labels", "open article:1")
    search("visitor:crawler", "print labels", "open article:1", left_out_as="bot")
    learn()

    assert remembered(session) == []


def test_learning_again_gives_the_same_and_forgets_what_is_too_old(
    session: Session, search: Search, learn: Learn
) -> None:
    people = [make_customer(session) for _ in range(4)]
    for person in people:
        search(person, "print labels", "open article:1")
        search(person, "print tags", "print labels", "read article:1")
    search(people[0], "own words", "open article:1")
    search(people[0], "old words", "open article:1", days_ago=200)
    learn()
    first = everything(session)
    learn()

    assert everything(session) == first
    assert all(first)
    assert "old words" not in {row[0] for row in remembered(session)}


def test_visitors_are_one_account_together(
    session: Session, shelf: None, search: Search, learn: Learn
) -> None:
    for number in range(5):
        search(f"visitor:{number}", "print labels", "open article:1")
    kim = make_customer(session)
    actor = actor_of(kim)
    search(kim, "print labels", "open article:1")
    learn()

    assert remembered(session) == [("print labels", 2, 6, 0)]
    for other in (VISITOR, SYSTEM, actor_of(make_customer(session))):
        assert queries.remembered_for(session, other, "pr") == []
    assert queries.remembered_for(session, actor, "pr") == ["print labels"]


def test_what_was_read_comes_before_what_was_opened(
    session: Session, shelf: None, search: Search, learn: Learn
) -> None:
    people = [make_customer(session) for _ in range(4)]
    for person in people:
        search(person, "print in color", "open article:1")
        search(person, "print", "open article:1")
    for person in people[:3]:
        search(person, "print labels", "read article:1")
    learn()

    assert queries.remembered_for(session, VISITOR, "Ｐｒｉｎ") == ["print labels", "print", "print in color"]
    assert queries.remembered_for(session, VISITOR, "print ") == ["print labels", "print in color"]
    assert queries.remembered_for(session, VISITOR, "labels") == []
    assert queries.remembered_for(session, VISITOR, " ") == ()


def test_suggestions_vanish_with_the_pages_they_led_to(
    session: Session,
    shelf: None,
    put: Callable[..., None],
    search: Search,
    learn: Learn,
    remove: Callable[[str], None],
) -> None:
    for _ in range(3):
        search(make_customer(session), "print labels", "open article:1")
        search(make_customer(session), "print plans", "open article:9")
    learn()
    assert queries.remembered_for(session, VISITOR, "print") == ["print labels"]
    assert queries.remembered_for(session, SYSTEM, "print") == ["print labels", "print plans"]

    remove("article:1")

    session.rollback()
    assert queries.remembered_for(session, VISITOR, "print") == []


@pytest.mark.parametrize(("language", "label"), [("en", "Often searched for"), ("ja", "よく検索される語句")])
def test_they_are_shown_in_a_group_of_their_own(
    session: Session,
    shelf: None,
    search: Search,
    learn: Learn,
    client: FlaskClient,
    language: str,
    label: str,
) -> None:
    for _ in range(3):
        search(make_customer(session), "print <b>labels</b>", "open article:1")
    learn()
    asked = {"Accept-Language": language}

    page = client.get("/search/suggestions?q=prin", headers=asked | {"HX-Request": "true"}).text
    told = client.get("/search/suggestions?q=prin", headers=asked).get_json()["suggestions"]

    assert page.index(label) < page.index("Print labels")
    assert 'href="/search?q=print+%3Cb%3Elabels%3C/b%3E">print &lt;b&gt;labels&lt;/b&gt;</a>' in page
    assert told[0] == {
        "kind": "query",
        "title": "print <b>labels</b>",
        "url": "/search?q=print+%3Cb%3Elabels%3C/b%3E",
    }
    assert {item["kind"] for item in told[1:]} == {"article"}


def test_a_query_that_is_a_title_among_the_suggestions_is_not_repeated(
    session: Session, shelf: None, search: Search, learn: Learn, client: FlaskClient
) -> None:
    for _ in range(3):
        search(make_customer(session), "print  LABELS", "open article:1")
        search(make_customer(session), "print labels now", "open article:1")
    learn()

    told = client.get("/search/suggestions?q=prin").get_json()["suggestions"]

    assert [item["title"] for item in told] == ["print labels now", "Print labels"]


def propose(session: Session, search: Search, *, people: int, accounts: int, then: str = "read") -> None:
    homes = [make_account(session) for _ in range(accounts)]
    for number in range(people):
        person = make_user(session, account=homes[number % accounts])
        search(person, "print tags", "print labels", f"{then} article:1")


@pytest.mark.parametrize(
    ("people", "accounts", "then", "count"),
    [(3, 2, "read", 1), (2, 2, "read", 0), (5, 1, "read", 0), (5, 3, "open", 0)],
)
def test_a_synonym_is_proposed_once_enough_people_found_something_by_it(
    session: Session, search: Search, learn: Learn, people: int, accounts: int, then: str, count: int
) -> None:
    propose(session, search, people=people, accounts=accounts, then=then)
    learn()

    assert len(queries.proposals_for(session, SYSTEM)) == count


def test_a_proposal_says_how_sure_it_is(session: Session, search: Search, learn: Learn) -> None:
    propose(session, search, people=4, accounts=2)
    search(make_customer(session), "make tags", "make stickers", "read article:1")
    search(make_customer(session), "sew a tag", "sew a label", "read article:1")
    search(make_customer(session), "sell tags", "sell labels")
    learn()

    (proposal,) = queries.proposals_for(session, SYSTEM)
    assert (proposal.words, proposal.means) == ("tags", "labels")
    assert (proposal.people, proposal.accounts, proposal.tried) == (5, 3, 7)
    assert proposal.evidence == pytest.approx(0.359, abs=0.001)
    assert proposal.examples == [["print tags", "print labels"], ["sew a tag", "sew a label"]]


def test_a_search_that_was_answered_or_long_ago_is_no_reason(
    session: Session, search: Search, learn: Learn
) -> None:
    for _ in range(4):
        person = make_customer(session)
        search(person, "print tags", "open article:2", "print labels", "read article:1")
        search(person, "fix tags", "fix labels", "read article:1", pause=61)
    learn()

    assert queries.proposals_for(session, SYSTEM) == []


def test_the_clock_runs_it(session: Session) -> None:
    worker.learn_from_searches()

    assert db.session.scalars(select(RememberedQuery)).all() == []
