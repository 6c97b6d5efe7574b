"""Searches as the ledger tells them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Final

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.adoption.service import Fact, record
from portal.core.db import transaction
from portal.search import service
from tests.factories import NOW
from tests.search.conftest import Put, engine, follow, put

Learn = Callable[[], None]
Search = Callable[..., None]

SLOTS: Final = 90
"""Visits of two days, so far apart that each is a session of its own."""

OPENINGS: Final = {"open": ["search.result_opened"], "read": ["search.result_opened", "article.read"]}
DATA: Final = {"search.performed": {"results": 3}, "search.result_opened": {"rank": 1}}

__all__ = ["engine", "follow", "put"]  # The fixtures of search.


@pytest.fixture
def search(session: Session) -> Search:
    """Record a visit: queries, and `open …` or `read …` of what the last of them found."""
    numbers, visits = count(1), count()

    def run(
        who: User | str,
        *steps: str,
        days_ago: int = 2,
        pause: float = 20,
        left_out_as: str | None = None,
    ) -> None:
        user = who if isinstance(who, User) else None
        at = NOW - timedelta(days=days_ago) + timedelta(minutes=31 * (next(visits) % SLOTS))
        for step in steps:
            verb, _space, subject = step.partition(" ")
            for kind in OPENINGS.get(verb, ["search.performed"]):
                fact = Fact(
                    kind=kind,
                    key=f"test:{next(numbers)}",
                    occurred_at=at,
                    user_id=user.id if user else None,
                    account_id=user.account_id if user else None,
                    person=None if user else str(who),
                    subject=None if kind == "search.performed" else subject,
                    data=DATA.get(kind, {}) | ({"query": step} if kind == "search.performed" else {}),
                    left_out_as=left_out_as,
                )
                record(session, [fact], now=NOW)
                at += timedelta(seconds=pause)
        session.commit()

    return run


@pytest.fixture
def learn(session: Session) -> Learn:
    """Learn as the worker does every night."""

    def run() -> None:
        session.rollback()
        with time_machine.travel(NOW):
            worker.learn_from_searches()
        session.rollback()

    return run


@pytest.fixture
def shelf(put: Put, follow: Callable[[], int]) -> None:
    """Make an article findable by everyone, and one by staff alone."""
    put("article:1", "Print labels")
    put("article:9", "Plans of the board", audience=STAFF)
    follow()


@pytest.fixture
def remove() -> Callable[[str], None]:
    """Take an article away, as its feature would."""

    def run(key: str) -> None:
        with transaction(wake=False) as writing:
            service.remove(writing, key=key, now=NOW)

    return run
