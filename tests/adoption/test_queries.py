"""What staff can read of the ledger, and that nobody else can."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.adoption import queries
from portal.adoption.models import Signal
from portal.adoption.service import Fact, record, roll_up, void
from portal.adoption.wording import signal_lines
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor
from tests.factories import NOW, actor_of, make_account, make_customer, make_user


def tell(session: Session, account_id: int, kind: str, at: datetime, user_id: int | None = None) -> list[int]:
    fact = Fact(
        kind=kind,
        key=f"{kind}:{at.isoformat()}:{account_id}:{user_id}",
        occurred_at=at,
        account_id=account_id,
        user_id=user_id,
    )
    ids = record(session, [fact], now=NOW)
    roll_up(session, ids)
    return ids


@pytest.mark.parametrize("is_visitor", [True, False])
def test_nobody_but_staff_sees_signals(session: Session, *, is_visitor: bool) -> None:
    customer = make_customer(session)
    actor = VISITOR if is_visitor else actor_of(customer)
    account_id = customer.account_id or 0
    reads = (
        lambda: queries.signals_for(session, actor, account_id=account_id),
        lambda: queries.signals_by_ids_for(session, actor, [1]),
        lambda: queries.kind_counts_for(session, actor, account_id),
        lambda: queries.last_activity_for(session, actor, account_id),
        lambda: queries.active_people_for(session, actor, since=NOW.date(), until=NOW.date()),
    )
    for read in reads:
        with pytest.raises(NotFoundError):
            read()


def test_pages_hold_every_signal_once_newest_first(session: Session) -> None:
    account, other = make_account(session), make_account(session)
    for minutes in (0, 1, 1, 2, 3):
        tell(session, account.id, "feature.used", NOW - timedelta(minutes=minutes))
        tell(session, account.id, "user.signed_in", NOW - timedelta(minutes=minutes))
    tell(session, other.id, "feature.used", NOW)
    seen: list[Signal] = []
    after = None
    while True:
        page = queries.signals_for(session, SYSTEM, account_id=account.id, after=after, size=3)
        seen += page.rows
        if page.next_cursor is None:
            break
        after = Cursor.decode(page.next_cursor)

    places = [(signal.occurred_at, signal.id) for signal in seen]
    assert len(set(places)) == 8
    assert places == sorted(places, reverse=True)
    assert {signal.account_id for signal in seen} == {account.id}


def test_a_stream_can_be_of_one_kind(session: Session) -> None:
    account = make_account(session)
    tell(session, account.id, "feature.used", NOW)
    ids = tell(session, account.id, "user.signed_in", NOW)

    page = queries.signals_for(session, SYSTEM, account_id=account.id, kinds=["user.signed_in"])

    assert [signal.id for signal in page.rows] == ids
    assert queries.kind_counts_for(session, SYSTEM, account.id) == {"feature.used": 1, "user.signed_in": 1}


def test_the_rows_behind_a_figure_can_be_opened(session: Session) -> None:
    account = make_account(session)
    older = tell(session, account.id, "feature.used", NOW - timedelta(days=1))
    newer = tell(session, account.id, "user.signed_in", NOW)
    tell(session, account.id, "article.viewed", NOW)

    rows = queries.signals_by_ids_for(session, SYSTEM, older + newer)

    assert [signal.id for signal in rows] == newer + older


def test_people_are_counted_once_and_last_heard_of_at_their_latest(session: Session) -> None:
    account = make_account(session)
    kim, lee = make_user(session, account=account), make_user(session, account=account)
    for days in (0, 1, 9):
        tell(session, account.id, "feature.used", NOW - timedelta(days=days), kim.id)
    tell(session, account.id, "feature.used", NOW - timedelta(days=9), lee.id)
    tell(session, account.id, "feature.used", NOW, None)

    latest = queries.last_activity_for(session, SYSTEM, account.id)
    week = queries.active_people_for(session, SYSTEM, since=NOW.date() - timedelta(days=6), until=NOW.date())

    assert latest == {kim.id: NOW, lee.id: NOW - timedelta(days=9)}
    assert week == {account.id: 1}


def test_nobody_is_heard_of_by_what_others_did(session: Session) -> None:
    account = make_account(session)
    kim = make_user(session, account=account).id
    tell(session, account.id, "feature.used", NOW - timedelta(days=9), kim)
    for kind in ("request.resolved", "answer.was_accepted", "post.was_voted"):
        tell(session, account.id, kind, NOW, kim)

    assert queries.last_activity_for(session, SYSTEM, account.id) == {kim: NOW - timedelta(days=9)}


def test_tallies_are_days_of_people_and_what_is_earlier_comes_once_a_person(session: Session) -> None:
    account, other = make_account(session), make_account(session)
    kim = make_user(session, account=account).id
    for days in (0, 0.01, 1, 5, 6, 7):
        tell(session, account.id, "feature.used", NOW - timedelta(days=days), kim)
    for days in (3, 4):
        tell(session, account.id, "product.exported", NOW - timedelta(days=days))
    tell(session, account.id, "user.signed_in", NOW, kim)
    tell(session, other.id, "feature.used", NOW)
    day = NOW.date()

    rows = queries.tallies(
        session,
        [account.id],
        since={"feature.used": day - timedelta(days=5), "product.*": day},
        until=day - timedelta(days=1),
    )

    person = f"user:{kim}"
    assert {(row[1], (day - row[2]).days, row[3], row[4]) for row in rows} == {
        ("feature.used", 1, person, 1),
        ("feature.used", 5, person, 1),
        ("feature.used", 6, person, 2),
        ("product.exported", 3, "", 2),
    }


def test_no_count_knows_of_what_was_taken_back_and_the_list_shows_it(session: Session) -> None:
    account = make_account(session)
    kim, lee = (make_user(session, account=account).id for _ in range(2))
    fact = Fact(
        kind="answer.posted",
        key="a",
        occurred_at=NOW,
        account_id=account.id,
        user_id=kim,
        subject="post:1",
    )
    ids = record(session, [fact, replace(fact, key="b", user_id=lee)], now=NOW)

    void(session, ids[:1], reason="removed", now=NOW)
    roll_up(session, ids)

    day = NOW.date()
    known = queries.tallies(session, [account.id], since={"answer.*": day}, until=day)
    assert [row.person for row in known] == [f"user:{lee}"]
    assert queries.last_activity_for(session, SYSTEM, account.id) == {lee: NOW}
    today = {"since": NOW.date(), "until": NOW.date()}
    assert queries.active_people_for(session, SYSTEM, **today) == {account.id: 1}
    assert queries.kind_counts_for(session, SYSTEM, account.id) == {"answer.posted": 1}
    assert queries.people_who_did(session, kind="answer.posted", subject="post:1") == [lee]
    listed = queries.signals_for(session, SYSTEM, account_id=account.id).rows
    assert [(line.label, line.is_voided) for line in signal_lines(listed, {}, "en")] == [
        ("Corrected the record", False),
        ("Answered a question", False),
        ("Answered a question", True),
    ]


Visit = tuple[int, int, str]
VISITS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.sampled_from("abcd")), max_size=30)


def record_visits(session: Session, visits: list[Visit], *, kind: str = "article.viewed") -> None:
    facts = [
        Fact(
            kind=kind,
            key=f"{kind}:{number}",
            occurred_at=NOW - timedelta(days=day),
            person=f"visitor:{person}",
            subject=f"article:{name}",
        )
        for number, (person, day, name) in enumerate(visits)
    ]
    record(session, facts, now=NOW)


def counted_by_hand(visits: list[Visit], *, days: int) -> Counter[tuple[str, str]]:
    met: dict[tuple[int, int], set[str]] = {}
    for person, day, name in visits:
        if day <= days:
            met.setdefault((person, day), set()).add(f"article:{name}")
    return Counter((one, other) for names in met.values() for one in names for other in names if one <= other)


@given(VISITS)
def test_pairs_are_those_that_counting_by_hand_gives(session: Session, visits: list[Visit]) -> None:
    record_visits(session, visits)
    found = queries.pairs_read_together(session, kinds=["article.viewed"], since=NOW - timedelta(days=2))
    assert found == counted_by_hand(visits, days=2)
    session.rollback()


def test_pairs_are_of_the_kinds_asked_for_and_of_persons(session: Session) -> None:
    record_visits(session, [(1, 0, "a"), (1, 0, "b")])
    record_visits(session, [(1, 0, "b"), (1, 0, "c")], kind="article.read")
    record_visits(session, [(1, 0, "d")], kind="topic.viewed")
    nobody = Fact(kind="article.viewed", key="nobody", occurred_at=NOW, subject="article:a")
    record(session, [nobody], now=NOW)
    kinds = ["article.viewed", "article.read"]
    found = queries.pairs_read_together(session, kinds=kinds, since=NOW - timedelta(days=1))
    a, b, c = "article:a", "article:b", "article:c"
    assert found == {(a, a): 1, (a, b): 1, (a, c): 1, (b, b): 1, (b, c): 1, (c, c): 1}


def test_who_reads_everything_in_a_day_says_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_SUBJECTS_A_DAY", 2)
    record_visits(session, [(1, 0, "a"), (1, 0, "b"), (1, 0, "c"), (2, 0, "a"), (2, 0, "b")])
    found = queries.pairs_read_together(session, kinds=["article.viewed"], since=NOW - timedelta(days=1))
    assert set(found.values()) == {1}
    assert len(found) == 3


def test_who_looks_at_no_kind_is_told_nothing(session: Session) -> None:
    account = make_account(session)
    tell(session, account.id, "feature.used", NOW)

    assert list(queries.tallies(session, [account.id], since={}, until=NOW.date())) == []
