"""An account with a past."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption.service import Fact, record, roll_up
from portal.core.db import db
from tests.factories import NOW, make_account, make_user

Tell = Callable[..., list[int]]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, external_id="acme", name="Acme", seats=4)


@pytest.fixture
def kim(session: Session, account: Account) -> User:
    return make_user(session, account=account, name="Kim")


@pytest.fixture
def tell(session: Session) -> Tell:
    """Record signals of one kind at so many days before now, and count them."""

    def write(
        account: Account, kind: str, *days_ago: float, user: User | None = None, subject: str | None = None
    ) -> list[int]:
        facts = [
            Fact(
                kind=kind,
                key=f"{kind}:{account.id}:{days}:{user.id if user else ''}:{subject}",
                occurred_at=at_days_ago(days),
                account_id=account.id,
                user_id=user.id if user else None,
                subject=subject,
            )
            for days in days_ago
        ]
        ids = record(session, facts, now=NOW)
        roll_up(session, ids)
        session.commit()
        return ids

    return write


def at_days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def busy(account: Account, kim: User, tell: Tell) -> Account:
    """The account, after two months of use, a question and its answer."""
    tell(account, "feature.used", *(day + 0.5 for day in range(60)), user=kim)
    tell(account, "article.read", *(3.5 * week for week in range(15)), user=kim)
    tell(account, "question.asked", 40, user=kim)
    tell(account, "answer.posted", 20, 21, user=kim)
    return account


@contextmanager
def unreadable(account_id: int) -> Iterator[None]:
    """Let every read of an account's counts fail."""

    def fail(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if "FROM person_days" in statement and account_id in values:
            raise OSError("the disk is broken")

    event.listen(db.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)
