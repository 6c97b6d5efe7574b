"""The ledger and its daily counts: whatever the order, the repetition and the lateness."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.adoption.models import PersonDay, Signal
from portal.adoption.service import Fact, rebuild_rollups, record, roll_up
from portal.core.errors import InvalidError
from portal.core.outbox import OutboxEvent
from tests.factories import NOW, make_account, make_user

ZONE = ZoneInfo("Asia/Tokyo")
KINDS = ("article.viewed", "feature.used", "user.signed_in")

Told = tuple[int, int | None, str, int]  # Which account, which person, which kind, how many hours ago.
told = st.tuples(
    st.integers(0, 1), st.none() | st.integers(0, 2), st.sampled_from(KINDS), st.integers(0, 100)
)


@pytest.fixture
def account_ids(session: Session) -> tuple[int, int]:
    return make_account(session).id, make_account(session).id


@pytest.fixture
def user_ids(session: Session) -> tuple[int, int, int]:
    return make_user(session).id, make_user(session).id, make_user(session).id


def instant_of(item: Told) -> datetime:
    return NOW - timedelta(hours=item[3])


def record_and_count(
    session: Session, items: Sequence[Told], account_ids: tuple[int, int], user_ids: tuple[int, int, int]
) -> None:
    facts = [
        Fact(
            kind=item[2],
            key=repr(item),
            occurred_at=instant_of(item),
            account_id=account_ids[item[0]],
            user_id=None if item[1] is None else user_ids[item[1]],
        )
        for item in items
    ]
    roll_up(session, record(session, facts, now=NOW))


def rollups(session: Session) -> set[tuple[object, ...]]:
    return set(map(tuple, session.execute(select(PersonDay.__table__)).all()))


def recount(
    items: Sequence[Told], account_ids: tuple[int, int], user_ids: tuple[int, int, int]
) -> set[tuple[object, ...]]:
    """Count by hand what the daily counts should say."""
    return {
        (*place, number)
        for place, number in Counter(
            (
                account_ids[item[0]],
                item[2],
                instant_of(item).astimezone(ZONE).date(),
                "" if item[1] is None else f"user:{user_ids[item[1]]}",
            )
            for item in set(items)
        ).items()
    }


@given(st.data())
def test_daily_counts_equal_a_full_recount(
    session: Session, account_ids: tuple[int, int], user_ids: tuple[int, int, int], data: st.DataObject
) -> None:
    items = data.draw(st.lists(told, max_size=12))
    repeated = items + (data.draw(st.lists(st.sampled_from(items), max_size=6)) if items else [])
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))

    for batch in (shuffled[:cut], shuffled[cut:]):
        record_and_count(session, batch, account_ids, user_ids)
    counted = rollups(session)
    number = rebuild_rollups(session, account_ids)
    rebuilt = rollups(session)
    session.rollback()

    assert counted == rebuilt == recount(items, account_ids, user_ids)
    assert number == len(rebuilt)


def test_a_fact_of_no_account_is_kept_and_counted_for_none(session: Session) -> None:
    visit = Fact(kind="article.viewed", key="v", occurred_at=NOW, person="visitor:abc")

    roll_up(session, record(session, [visit], now=NOW))

    assert session.scalar(select(func.count()).select_from(Signal)) == 1
    assert rollups(session) == set()


def test_only_new_facts_are_announced(session: Session, account_ids: tuple[int, int]) -> None:
    fact = Fact(kind="feature.used", key="one", occurred_at=NOW, account_id=account_ids[0])
    new = record(session, [fact, fact], now=NOW)
    session.execute(delete(OutboxEvent))

    assert len(new) == 1
    assert record(session, [fact], now=NOW) == []
    assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 0


def test_an_unknown_kind_is_refused(session: Session) -> None:
    with pytest.raises(InvalidError, match=r"mood\.improved"):
        record(session, [Fact(kind="mood.improved", key="k", occurred_at=NOW)], now=NOW)
