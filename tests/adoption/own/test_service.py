"""A person leaves the ledger, whose counts stay; an account leaves its people out."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, delete, event, func, inspect, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Role
from portal.accounts.models import User
from portal.adoption.ingestion import ingest
from portal.adoption.kinds import KINDS
from portal.adoption.models import PersonDay, Signal
from portal.adoption.own import service
from portal.adoption.own.models import Erasure
from portal.adoption.queries import active_people_for
from portal.adoption.schemas import DataField, FieldType
from portal.adoption.service import Fact, rebuild_rollups, record, roll_up
from portal.core.activity import ActivitiesNoted
from portal.core.errors import ForbiddenError, NotFoundError
from portal.core.outbox import OutboxEvent
from tests.factories import NOW, actor_of, make_account, make_customer, make_user

LATER: Final = NOW + timedelta(hours=1)
SAMPLES: Final[dict[FieldType, Any]] = {
    FieldType.TEXT: "taro",
    FieldType.NUMBER: 0.5,
    FieldType.WHOLE_NUMBER: 3,
    FieldType.TRUE_OR_FALSE: True,
}


def sample(field: DataField, other_id: int) -> Any:
    return SAMPLES.get(field.type, other_id)


def fact_of(kind: str, user: User, number: int, *, other_id: int = 424242, **values: Any) -> Fact:
    data = {field.name: sample(field, other_id) for field in KINDS[kind].data.fields}
    return Fact(
        kind=kind,
        key=f"{kind}:user:{user.id}:{number}",
        occurred_at=NOW - timedelta(hours=number),
        user_id=user.id,
        account_id=user.account_id,
        subject="topic:7",
        data=data,
        **values,
    )


def rollups(session: Session) -> Sequence[tuple[Any, ...]]:
    """How many signals of a kind there were on each day of an account, and from how many people."""
    place = (PersonDay.account_id, PersonDay.kind, PersonDay.day)
    people = func.count(func.nullif(PersonDay.person, "").distinct())
    rows = session.execute(
        select(*place, func.sum(PersonDay.signals), people).group_by(*place).order_by(*place)
    )
    return [tuple(row) for row in rows]


def count_all(session: Session) -> None:
    """Count the ledger as the worker does."""
    roll_up(session, session.scalars(select(Signal.id)).all())


def people(session: Session) -> object:
    day = NOW.date()
    return active_people_for(session, SYSTEM, since=day - timedelta(days=30), until=day + timedelta(days=1))


def texts_of(session: Session) -> list[str]:
    """Every column of every row of the ledger as text."""
    columns = [cast(column, Text) for column in inspect(Signal).columns]
    return [str(value) for row in session.execute(select(*columns)) for value in row if value is not None]


@pytest.fixture
def taro(session: Session) -> User:
    return make_customer(session, name="Taro Yamada", email="taro@acme.example")


def test_no_column_and_no_field_names_who_was_erased(session: Session, taro: User) -> None:
    other = make_user(session, account=taro.account)
    told = [fact_of(kind, taro, 1) for kind in KINDS]
    told += [fact_of(kind, other, 2, other_id=taro.id) for kind in KINDS]
    record(session, told, now=NOW)
    product = {
        "key": "taro@acme.example 1",
        "kind": "product.exported",
        "occurred_at": NOW.isoformat(),
        "user": taro.email,
        "data": {"who": "taro", "by": {"name": "taro"}},
    }
    ingest(session, [product], source="product", now=NOW)
    session.commit()

    assert service.erase_me(session, actor=actor_of(taro), now=LATER) == len(KINDS) + 1
    session.commit()

    rows = session.scalars(select(Signal)).all()
    assert not [row for row in rows if row.user_id == taro.id or row.person == f"user:{taro.id}"]
    named = [
        (row.kind, name)
        for row in rows
        for name in KINDS.get(row.kind, KINDS["feature.used"]).data.people
        if row.data.get(name) == taro.id
    ]
    assert named == []
    mine = [row for row in rows if row.user_id is None]
    assert len(mine) == len(KINDS) + 1
    for row in mine:
        text = json.dumps(row.data) + row.key
        assert "taro@acme" not in text
        assert f"user:{taro.id}" not in text
    assert not [row.data for row in mine if "query" in row.data or "who" in row.data]
    own = {row.kind: row.subject for row in mine}
    assert (own["question.asked"], own["answer.posted"], own["article.read"]) == (None, None, "topic:7")
    assert not [text for text in texts_of(session) if f"user:{taro.id}:" in text]


def test_what_stands_for_a_person_leads_nowhere(session: Session, taro: User) -> None:
    record(session, [fact_of("article.read", taro, 1), fact_of("step.completed", taro, 1)], now=NOW)
    service.erase_me(session, actor=actor_of(taro), now=LATER)
    session.commit()
    first = set(session.scalars(select(Signal.person)))
    assert len(first) == 2  # A finished step says who finished it: nothing else shares its token.

    record(session, [fact_of("article.read", taro, -2)], now=LATER)
    service.erase_me(session, actor=actor_of(taro), now=LATER + timedelta(hours=9))
    session.commit()

    assert len(set(session.scalars(select(Signal.person)))) == 3
    assert session.execute(select(Erasure.user_id, Erasure.erased_at)).all() == [
        (taro.id, LATER + timedelta(hours=9))
    ]


told = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["article.read", "search.performed", "answer.posted", "user.signed_in"]),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told)
def test_counts_are_the_same_before_and_after(
    session: Session, facts: list[tuple[int, str, int, bool]]
) -> None:
    session.execute(delete(Signal))
    accounts = [make_account(session), make_account(session)]
    members = [make_user(session, account=accounts[number % 2]) for number in range(4)]
    written = [
        fact_of(kind, members[who], hours, left_out_as="bot" if is_left_out else None)
        for who, kind, hours, is_left_out in facts
    ]
    record(session, written, now=NOW)
    count_all(session)
    before = rollups(session), people(session)

    service.erase_me(session, actor=actor_of(members[0]), now=LATER)
    session.commit()

    assert (rollups(session), people(session)) == before
    assert f"user:{members[0].id}" not in session.scalars(select(PersonDay.person)).all()
    rebuild_rollups(session, [account.id for account in accounts])
    assert (rollups(session), people(session)) == before
    told_again = record(session, written, now=LATER)
    assert told_again == []
    named = select(func.count()).where(Signal.user_id == members[0].id)
    assert session.scalar(named) == 0


def test_a_fact_from_before_that_is_told_late_brings_no_name(session: Session, taro: User) -> None:
    service.erase_me(session, actor=actor_of(taro), now=LATER)
    record(session, [fact_of("search.performed", taro, 3), fact_of("search.performed", taro, -3)], now=LATER)

    before, after = session.scalars(select(Signal).order_by(Signal.occurred_at))

    assert (before.user_id, before.person, before.data) == (None, None, {"results": 3, "language": "taro"})
    assert (after.user_id, after.data["query"]) == (taro.id, "taro")


def test_what_was_noted_is_forgotten_too(session: Session, taro: User) -> None:
    session.add(
        OutboxEvent(
            name=ActivitiesNoted.__name__, payload={"activities": []}, recorded_at=NOW, finished_at=NOW
        )
    )
    session.commit()

    service.erase_me(session, actor=actor_of(taro), now=LATER)

    assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 0


def test_visitors_and_staff_erase_nothing(session: Session) -> None:
    with pytest.raises(NotFoundError):
        service.erase_me(session, actor=VISITOR, now=NOW)
    with pytest.raises(ForbiddenError):
        service.erase_me(session, actor=actor_of(make_user(session)), now=NOW)


def unname(session: Session, actor: User, account_id: int, *, is_wanted: bool = True) -> None:
    service.leave_people_out(
        session, actor=actor_of(actor), account_id=account_id, is_wanted=is_wanted, now=NOW
    )
    session.commit()


def test_an_account_leaves_its_people_out_of_what_they_do_in_passing(session: Session, taro: User) -> None:
    account_id = taro.account_id or 0
    unname(session, make_user(session, account=taro.account, role=Role.CHAMPION), account_id)
    record(session, [fact_of("article.read", taro, 1), fact_of("question.asked", taro, 1)], now=NOW)

    named = session.execute(select(Signal.kind, Signal.user_id, Signal.person).order_by(Signal.id)).all()

    assert named == [
        ("article.read", None, None),
        ("question.asked", taro.id, f"user:{taro.id}"),
    ]
    count_all(session)
    assert [row[3:] for row in rollups(session)] == [(1, 0), (1, 1)]
    unname(session, make_user(session), account_id, is_wanted=False)
    record(session, [fact_of("article.read", taro, 2)], now=NOW)
    assert session.scalars(select(Signal.user_id).order_by(Signal.id)).all()[-1] == taro.id


def test_only_the_champion_and_staff_choose_for_an_account(session: Session, taro: User) -> None:
    with pytest.raises(ForbiddenError):
        unname(session, taro, taro.account_id or 0)
    elsewhere = make_user(session, account=make_account(session), role=Role.CHAMPION)
    with pytest.raises(NotFoundError):
        unname(session, elsewhere, taro.account_id or 0)


def test_from_the_next_flush_on_nothing_that_is_stored_names_the_person(
    app: Flask, session: Session, taro: User, browser_of: Any, work: Any
) -> None:
    browser = browser_of(taro)
    browser.get("/search?q=invoice")  # Noted before the choice, written after it.
    unname(session, make_user(session, account=taro.account, role=Role.CHAMPION), taro.account_id or 0)

    work()

    signal = session.scalars(select(Signal).where(Signal.kind == "search.performed")).one()
    assert (signal.account_id, signal.user_id, signal.person) == (taro.account_id, None, None)
    noted = session.scalars(
        select(OutboxEvent.payload).where(OutboxEvent.name == ActivitiesNoted.__name__)
    ).all()
    assert f"user:{taro.id}" not in json.dumps(noted)


def test_no_fact_is_looked_for_in_the_whole_ledger(session: Session, taro: User) -> None:
    service.erase_me(session, actor=actor_of(taro), now=LATER)
    session.commit()
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL reads an empty table as a whole, whatever indexes it has.
    asked: list[tuple[str, Any]] = []

    def listen(_conn: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith("SELECT") and "FROM signals" in statement:
            asked.append((statement, values))

    event.listen(connection, "before_cursor_execute", listen)
    record(session, [fact_of("article.read", taro, 1)], now=LATER)
    service.erase_me(session, actor=actor_of(taro), now=LATER)
    event.remove(connection, "before_cursor_execute", listen)

    assert asked
    plans = [
        str(row)
        for statement, values in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]
    assert [plan for plan in plans if "SCAN signals" in plan] == []
