"""Facts whose account or person is unknown: kept, matched by rule or by hand, set aside, taken back."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.adoption.ingestion import Ingested, ingest
from portal.adoption.matching import queries, service
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.matching.queries import GroupFilter
from portal.adoption.matching.service import Meant
from portal.adoption.models import Signal
from portal.adoption.own.service import erase_me
from portal.adoption.service import BATCH
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.worker import match_signals
from tests.factories import NOW, actor_of, make_account, make_user

FACT: Final[Mapping[str, Any]] = {
    "key": "e-1",
    "kind": "feature.used",
    "occurred_at": "2026-11-19T12:00:00Z",
    "account": "acme",
    "user": "kim@acme.example",
    "data": {"feature": "routes"},
}


def tell(session: Session, *items: object) -> Ingested:
    result = ingest(session, items, source="product", now=NOW)
    session.commit()
    return result


def explain(session: Session, problem: Problem, name: str, meant: Meant) -> int:
    number = service.explain_name(session, actor=SYSTEM, problem=problem, name=name, meant=meant, now=NOW)
    session.commit()
    return number


def waiting(session: Session) -> list[tuple[str, Problem | None, str | None]]:
    rows = session.scalars(select(UnmatchedSignal).order_by(UnmatchedSignal.id))
    return [(row.key, row.problem, row.name) for row in rows]


def counted(session: Session) -> list[tuple[int | None, int | None]]:
    query = select(Signal.account_id, Signal.user_id).where(Signal.left_out_as.is_(None))
    return [(account_id, user_id) for account_id, user_id in session.execute(query.order_by(Signal.id))]


def test_what_is_not_certain_waits_and_telling_it_again_changes_nothing(session: Session) -> None:
    make_user(session, account=make_account(session, external_id="globex"), email="lee@globex.example")
    unknown_person = {**FACT, "key": "e-2", "account": "globex", "user": "Who@globex.example"}
    elsewhere = {**FACT, "key": "e-3", "account": "globex", "user": "staff@vendor.example"}
    make_user(session, email="staff@vendor.example")

    first = tell(session, FACT, unknown_person, elsewhere, FACT)
    again = tell(session, FACT, unknown_person, elsewhere)

    assert first == Ingested(accepted=0, duplicate=1, rejected=(), unmatched=3)
    assert again == Ingested(accepted=0, duplicate=3, rejected=(), unmatched=0)
    assert waiting(session) == [
        ("e-1", Problem.ACCOUNT, "acme"),
        ("e-2", Problem.PERSON, "who@globex.example"),
        ("e-3", Problem.ELSEWHERE, "staff@vendor.example"),
    ]
    assert counted(session) == []


def test_an_address_is_never_guessed_from_its_domain(session: Session) -> None:
    make_user(session, account=make_account(session, external_id="acme"), email="kim@acme.example")

    assert tell(session, {**FACT, "account": None, "user": "kim2@acme.example"}).unmatched == 1


def test_a_fact_is_recorded_once_its_account_and_person_have_appeared(app: Flask, session: Session) -> None:
    tell(session, FACT, {**FACT, "key": "e-2", "account": None})
    acme = make_account(session, external_id="acme")
    match_signals()
    session.rollback()
    assert waiting(session) == [
        ("e-1", Problem.PERSON, "kim@acme.example"),
        ("e-2", Problem.PERSON, "kim@acme.example"),
    ]

    kim = make_user(session, account=acme, email="kim@acme.example")
    match_signals()
    session.rollback()

    assert counted(session) == [(acme.id, kim.id)] * 2
    assert waiting(session) == []
    assert tell(session, FACT).duplicate == 1


def test_a_fact_of_someone_elsewhere_is_recorded_once_they_have_moved(app: Flask, session: Session) -> None:
    acme = make_account(session, external_id="acme")
    kim = make_user(session, account=make_account(session), email="kim@acme.example")
    tell(session, FACT)
    match_signals()
    session.rollback()
    assert waiting(session) == [("e-1", Problem.ELSEWHERE, "kim@acme.example")]

    kim.account_id = acme.id
    session.commit()
    match_signals()
    session.rollback()

    assert counted(session) == [(acme.id, kim.id)]


def test_a_known_fact_stays_known_when_its_account_is_renamed(session: Session) -> None:
    acme = make_account(session, external_id="acme")
    tell(session, {**FACT, "user": None})
    acme.external_id = "acme-2"
    session.commit()

    assert tell(session, {**FACT, "user": None}) == Ingested(accepted=0, duplicate=1, rejected=())


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session, external_id="a-1")


@pytest.fixture
def kim(session: Session, acme: Account) -> User:
    return make_user(session, account=acme, email="k@a.example")


def test_staff_say_who_is_meant_once(session: Session, acme: Account, kim: User) -> None:
    tell(session, FACT, {**FACT, "key": "e-2", "user": None})

    assert explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id)) == 1
    assert explain(session, Problem.PERSON, "kim@acme.example", Meant(user_id=kim.id)) == 1

    later = tell(session, {**FACT, "key": "e-3"})
    assert later == Ingested(accepted=1, duplicate=0, rejected=())
    assert counted(session) == [(acme.id, None), (acme.id, kim.id), (acme.id, kim.id)]
    assert queries.waiting_count_for(session, SYSTEM) == 0


def test_an_address_may_mean_an_account_and_nobody(session: Session, acme: Account) -> None:
    tell(session, {**FACT, "account": None})

    explain(session, Problem.PERSON, "kim@acme.example", Meant(account_id=acme.id))

    assert counted(session) == [(acme.id, None)]


def test_the_account_itself_comes_before_what_its_name_was_said_to_mean(
    session: Session, acme: Account
) -> None:
    tell(session, {**FACT, "user": None})
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    real = make_account(session, external_id="acme")

    tell(session, {**FACT, "key": "e-2", "user": None})

    assert counted(session) == [(acme.id, None), (real.id, None)]


def test_taking_back_a_name_takes_back_what_rested_on_it(session: Session, acme: Account) -> None:
    tell(session, {**FACT, "user": None})
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    alias = session.scalars(select(SignalAlias)).one()

    service.take_back_alias(session, actor=SYSTEM, alias_id=alias.id, now=NOW)
    session.commit()

    assert counted(session) == []
    assert waiting(session) == [("e-1", Problem.ACCOUNT, "acme")]
    assert tell(session, {**FACT, "user": None}).duplicate == 1
    other = make_account(session)
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=other.id))
    assert counted(session) == [(other.id, None)]


def test_taking_back_one_of_two_names_asks_for_that_one_again(
    session: Session, acme: Account, kim: User
) -> None:
    tell(session, FACT)
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    explain(session, Problem.PERSON, "kim@acme.example", Meant(user_id=kim.id))
    person = session.scalars(select(SignalAlias).where(SignalAlias.problem == Problem.PERSON)).one()

    service.take_back_alias(session, actor=SYSTEM, alias_id=person.id, now=NOW)
    session.commit()

    assert waiting(session) == [("e-1", Problem.PERSON, "kim@acme.example")]


def test_what_is_set_aside_comes_back(session: Session) -> None:
    tell(session, FACT)
    explain(session, Problem.ACCOUNT, "acme", Meant(reason="Our own tests"))
    tell(session, {**FACT, "key": "e-2"})

    aside, _ = queries.groups_for(session, SYSTEM, GroupFilter(is_set_aside=True))
    assert [(group.name, group.count) for group in aside] == [("acme", 2)]
    assert queries.groups_for(session, SYSTEM, GroupFilter()) == ([], False)
    assert queries.waiting_count_for(session, SYSTEM) == 0

    alias = session.scalars(select(SignalAlias)).one()
    service.take_back_alias(session, actor=SYSTEM, alias_id=alias.id, now=NOW)
    session.commit()

    assert queries.waiting_count_for(session, SYSTEM) == 2


def test_an_account_that_appears_takes_what_was_set_aside(app: Flask, session: Session) -> None:
    tell(session, {**FACT, "user": None})
    explain(session, Problem.ACCOUNT, "acme", Meant(reason="Our own tests"))
    acme = make_account(session, external_id="acme")

    match_signals()
    session.rollback()

    assert counted(session) == [(acme.id, None)]


@pytest.mark.parametrize("is_matched", [False, True])
def test_a_reporter_takes_back_a_fact_whatever_became_of_it(
    session: Session, acme: Account, *, is_matched: bool
) -> None:
    tell(session, {**FACT, "user": None})
    if is_matched:
        explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
        alias = session.scalars(select(SignalAlias)).one()
        service.take_back_alias(session, actor=SYSTEM, alias_id=alias.id, now=NOW)
        explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    correction = {"key": "c-1", "voids": "e-1", "reason": "a test run"}

    assert tell(session, correction) == Ingested(accepted=1, duplicate=0, rejected=())
    assert tell(session, correction) == Ingested(accepted=0, duplicate=1, rejected=())

    assert counted(session) == []
    assert queries.waiting_count_for(session, SYSTEM) == 0
    assert tell(session, {**FACT, "user": None}).duplicate == 1


def test_groups_say_what_waits(session: Session) -> None:
    tell(
        session,
        FACT,
        {**FACT, "key": "e-2", "kind": "user.signed_in", "occurred_at": "2026-11-17T12:00:00Z", "data": {}},
        {**FACT, "key": "e-3", "account": "globex"},
    )

    (first, second), has_more = queries.groups_for(session, SYSTEM, GroupFilter())

    assert (first.name, first.count, first.kinds, first.sources) == (
        "acme",
        2,
        ["feature.used", "user.signed_in"],
        ["product"],
    )
    assert (first.first_at.day, first.last_at.day) == (17, 19)
    assert (second.name, second.count, has_more) == ("globex", 1, False)
    found, _ = queries.groups_for(session, SYSTEM, GroupFilter(text="GLO", problem=Problem.ACCOUNT))
    assert [group.name for group in found] == ["globex"]
    assert queries.groups_for(session, SYSTEM, GroupFilter(page=2)) == ([], False)


@pytest.mark.parametrize(
    ("problem", "meant"),
    [
        (Problem.ACCOUNT, Meant(account_id=424242)),
        (Problem.ACCOUNT, Meant(user_id=1)),
        (Problem.ACCOUNT, Meant(reason="  ")),
    ],
)
def test_a_name_can_only_mean_what_there_is(session: Session, problem: Problem, meant: Meant) -> None:
    tell(session, FACT)

    with pytest.raises(InvalidError):
        explain(session, problem, "acme", meant)


def test_a_name_that_was_explained_meanwhile_is_told(session: Session, acme: Account) -> None:
    tell(session, FACT)
    explain(session, Problem.ACCOUNT, "acme", Meant(reason="Our own tests"))

    with pytest.raises(ConflictError):
        explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))


@pytest.mark.parametrize(
    "ask",
    [
        queries.waiting_count_for,
        lambda session, actor: queries.groups_for(session, actor, GroupFilter()),
        lambda session, actor: queries.alias_for(session, actor, 1),
        queries.aliases_for,
        queries.people_by_account_for,
        lambda session, actor: service.explain_name(
            session, actor=actor, problem=Problem.ACCOUNT, name="acme", meant=Meant(reason="no"), now=NOW
        ),
    ],
)
def test_only_staff_see_what_waits(session: Session, kim: User, ask: Callable[..., object]) -> None:
    tell(session, FACT)

    with pytest.raises(NotFoundError):
        ask(session, actor_of(kim))


def test_what_was_told_while_its_name_was_explained_is_recorded_soon(
    app: Flask, session: Session, acme: Account
) -> None:
    tell(session, {**FACT, "user": None})
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    late = {"source": "product", "key": "e-2", "kind": "user.signed_in", "occurred_at": NOW, "told_at": NOW}
    session.add(UnmatchedSignal(**late, account="acme", data={}, problem=Problem.ACCOUNT, name="acme"))
    session.commit()

    match_signals()
    session.rollback()

    assert counted(session) == [(acme.id, None)] * 2


def test_many_are_matched_a_batch_at_once_and_then_by_themselves(
    app: Flask, session: Session, acme: Account
) -> None:
    tell(session, *({**FACT, "key": f"e-{number}", "user": None} for number in range(BATCH + 3)))

    assert explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id)) == BATCH
    assert queries.waiting_with(session, problem=Problem.ACCOUNT, name="acme") == 3
    assert queries.groups_for(session, SYSTEM, GroupFilter(is_set_aside=True)) == ([], False)
    session.rollback()

    match_signals()
    session.rollback()
    assert queries.waiting_with(session, problem=Problem.ACCOUNT, name="acme") == 0
    assert len(counted(session)) == BATCH + 3


CORRECTION: Final = {"key": "c-1", "voids": "e-1", "reason": "a test run"}


def erase(session: Session, user: User) -> None:
    erase_me(session, actor=actor_of(user), now=NOW)
    session.commit()


def test_a_fact_is_matched_without_its_person_who_was_erased_before(
    session: Session, acme: Account, kim: User
) -> None:
    erase(session, kim)
    tell(session, {**FACT, "user": "k@a.example", "kind": "product.exported"})
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))

    assert counted(session) == [(acme.id, None)]
    row = session.scalars(select(UnmatchedSignal)).one()
    assert (row.signal_id, row.address, row.data) == (session.scalar(select(Signal.id)), None, {})
    again = tell(session, {**FACT, "user": "k@a.example", "kind": "product.exported"})
    assert again == Ingested(accepted=0, duplicate=1, rejected=())
    assert tell(session, CORRECTION) == Ingested(accepted=1, duplicate=0, rejected=())
    assert counted(session) == []


def test_a_fact_that_is_matched_again_by_itself_can_be_taken_back(
    app: Flask, session: Session, acme: Account
) -> None:
    fact = {**FACT, "user": None}
    tell(session, fact)
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    real = make_account(session, external_id="acme")
    alias = session.scalars(select(SignalAlias)).one()
    service.take_back_alias(session, actor=SYSTEM, alias_id=alias.id, now=NOW)
    session.commit()
    match_signals()
    session.rollback()
    assert counted(session) == [(real.id, None)]

    assert tell(session, fact).duplicate == 1
    assert tell(session, CORRECTION) == Ingested(accepted=1, duplicate=0, rejected=())
    assert counted(session) == []


def test_an_erasure_leaves_a_waiting_fact_to_its_account(app: Flask, session: Session, kim: User) -> None:
    told = {**FACT, "user": "k@a.example", "kind": "product.exported", "data": {"who": "kim"}}
    alone = {**told, "key": "e-2", "account": None}
    kim.account_id = None
    session.commit()
    tell(session, told, alone)

    kim.account_id = make_account(session).id
    session.commit()
    erase(session, kim)

    row = session.scalars(select(UnmatchedSignal)).one()
    assert (row.problem, row.name, row.address, row.data) == (Problem.ACCOUNT, "acme", None, {})
    assert row.key != "e-1"
    assert tell(session, told).duplicate == 1
    acme = make_account(session, external_id="acme")
    match_signals()
    session.rollback()
    assert counted(session) == [(acme.id, None)]
    assert tell(session, told).duplicate == 1
    assert tell(session, CORRECTION).accepted == 1


def test_a_name_can_be_taken_back_after_an_erasure(session: Session, acme: Account, kim: User) -> None:
    tell(session, FACT, {**FACT, "key": "e-2", "account": None})
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=acme.id))
    explain(session, Problem.PERSON, "kim@acme.example", Meant(user_id=kim.id))
    erase(session, kim)
    assert counted(session) == [(acme.id, None)] * 2

    for alias in session.scalars(select(SignalAlias).order_by(SignalAlias.id)).all():
        service.take_back_alias(session, actor=SYSTEM, alias_id=alias.id, now=NOW)
        session.commit()

    assert counted(session) == []
    assert [row[1:] for row in waiting(session)] == [(Problem.ACCOUNT, "acme")]
    assert tell(session, FACT, {**FACT, "key": "e-2", "account": None}).duplicate == 2


def test_who_has_no_address_takes_nothing_of_others_along(session: Session, kim: User) -> None:
    tell(session, {**FACT, "user": None})
    kim.email = None
    session.commit()

    erase(session, kim)

    assert waiting(session) == [("e-1", Problem.ACCOUNT, "acme")]
