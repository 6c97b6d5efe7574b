"""The demo is the same every time it is made."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption.models import Signal
from portal.core.db import transaction
from portal.core.orm import Base
from portal.demo import build
from portal.demo.people import LISTED
from portal.forum.models import Board, Post, Topic
from portal.knowledge.models import Freshness, Stage, Translation
from portal.support.models import SupportRequest
from tests.factories import NOW

pytestmark = pytest.mark.slow


def make(session: Session, now: datetime) -> dict[str, object]:
    """Make the demo; return what it holds, without what the database numbers."""
    with transaction(wake=False) as writing:
        build.build(writing, now=now)
    signals = session.execute(select(Signal.source, Signal.kind, Signal.occurred_at, Signal.data)).all()
    return {
        "accounts": Counter(session.scalars(select(Account.external_id))),
        "people": Counter(session.scalars(select(User.email))),
        "articles": Counter(session.scalars(select(Translation.title))),
        "texts": Counter(
            session.execute(select(Translation.language, Translation.stage, Translation.freshness))
        ),
        "topics": Counter(session.scalars(select(Topic.title))),
        "boards": Counter(session.scalars(select(Board.slug))),
        "posts": Counter((post.body, post.created_at - now) for post in session.scalars(select(Post))),
        "requests": Counter(session.scalars(select(SupportRequest.title))),
        "signals": Counter((source, kind, at - now, data.get("query")) for source, kind, at, data in signals),
    }


def test_two_demos_are_the_same(session: Session) -> None:
    first = make(session, NOW)
    with transaction(wake=False) as writing:
        writing.connection().exec_driver_sql(
            "SET LOCAL session_replication_role = replica"
            if writing.get_bind().dialect.name == "postgresql"
            else "PRAGMA defer_foreign_keys = ON"
        )
        for table in reversed(Base.metadata.sorted_tables):
            writing.execute(table.delete())
    session.expunge_all()
    second = make(session, NOW)

    assert first == second


def test_the_demo_is_what_is_promised(session: Session) -> None:
    made = make(session, NOW)
    languages = set(session.scalars(select(Translation.language)))
    span = session.scalars(select(Signal.occurred_at).order_by(Signal.occurred_at)).all()

    assert len(made["accounts"]) == 12  # type: ignore[arg-type]  # Counters.
    assert set(LISTED) <= set(session.scalars(select(User.email)))
    assert languages == {"en", "ja"}
    texts = session.execute(select(Translation.stage, Translation.freshness)).all()
    assert {stage for stage, _ in texts} == {Stage.PUBLISHED, Stage.IN_REVIEW, Stage.SCHEDULED}
    assert {freshness for _, freshness in texts} == set(Freshness)
    assert timedelta(days=170) < span[-1] - span[0]
    assert span[-1] <= NOW
    assert not build.is_empty(session)
