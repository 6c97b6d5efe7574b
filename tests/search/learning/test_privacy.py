"""Whatever was searched for by whom: who is told which queries, against the rule in plain Python."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, includes
from portal.adoption.models import Signal
from portal.search.learning import queries
from tests.factories import actor_of, make_account, make_user
from tests.search.conftest import Put
from tests.search.learning.conftest import Learn, Search

QUERIES = ("print", "print labels", "Print Labels", "print tags", "print kim@acme.example", "print 4711002")
PRIVATE = {"print kim@acme.example", "print 4711002"}
VISITORS = ("visitor:1", "visitor:2", "visitor:3")


@pytest.fixture
def people(session: Session) -> list[tuple[Any, Actor]]:
    """Two people of each of four accounts, three visitors, one of staff."""
    homes = [make_account(session) for _ in range(4)]
    users = [make_user(session, account=homes[number % 4]) for number in range(8)]
    staff = make_user(session)
    found: list[tuple[Any, Actor]] = [(user, actor_of(user)) for user in [*users, staff]]
    found += [(name, VISITOR) for name in VISITORS]
    session.commit()
    return found


@pytest.fixture
def pages(session: Session, put: Put, people: list[tuple[Any, Actor]]) -> dict[str, frozenset[str]]:
    """Pages by the audience that may see them; one that was taken away; one that never was."""
    own = frozenset({f"account:{people[0][1].account_id}"})
    audiences = {"article:1": PUBLIC, "article:2": SIGNED_IN, "article:3": STAFF, "article:4": own}
    for key, audience in audiences.items():
        put(key, f"Page {key}", audience=audience)
    return audiences


VISITS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(QUERIES), st.sampled_from(["", "1", "2", "3", "4", "5"])),
    max_size=40,
)


@given(VISITS)
def test_nobody_is_told_what_only_another_account_searched_for(
    session: Session,
    people: list[tuple[Any, Actor]],
    pages: dict[str, frozenset[str]],
    search: Search,
    learn: Learn,
    visits: list[tuple[int, str, str]],
) -> None:
    session.execute(delete(Signal))
    session.commit()
    accounts: defaultdict[str, set[int | None]] = defaultdict(set)
    led_to: defaultdict[str, set[str]] = defaultdict(set)
    for who, query, number in visits:
        search(people[who][0], query, *([f"open article:{number}"] if number else []))
        if number and not people[who][1].is_staff and query not in PRIVATE:
            accounts[query.lower()].add(people[who][1].account_id)
            led_to[query.lower()].add(f"article:{number}")
    learn()

    for actor in [*(actor for _, actor in people), VISITOR, SYSTEM]:
        expected = {
            query
            for query, by in accounts.items()
            if (len(by) >= 3 or (actor.account_id is not None and actor.account_id in by))
            and any(page in pages and includes(pages[page], actor) for page in led_to[query])
        }
        told = queries.remembered_for(session, actor, "prin")
        assert {text.lower() for text in told} == expected


def test_the_fixtures_let_some_queries_be_told(
    session: Session,
    people: list[tuple[Any, Actor]],
    pages: dict[str, frozenset[str]],
    search: Search,
    learn: Callable[[], None],
) -> None:
    for who in (0, 1, 8 + 1):
        search(people[who][0], "print labels", "open article:1")
    search(people[0][0], "print tags", "open article:4")
    learn()

    assert queries.remembered_for(session, VISITOR, "p") == ["print labels"]
    assert queries.remembered_for(session, people[4][1], "p") == ["print labels", "print tags"]
    assert queries.remembered_for(session, people[1][1], "p") == ["print labels"]
