"""What takes long goes on in steps: right at once, the same in the end, whatever comes in between."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bench.site import free_port
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, User
from portal.adoption.ingestion import ingest
from portal.adoption.matching import queries, service
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.matching.service import Meant
from portal.adoption.models import PersonDay, Signal
from portal.adoption.own import service as own
from portal.adoption.own.discretion import ERASED
from portal.adoption.own.models import Erasure
from portal.adoption.queries import active_people_for
from portal.adoption.service import BATCH, Fact, record
from portal.core import outbox
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.health.models import StaleScore
from portal.reactions.table import REACTIONS
from portal.worker import match_signals
from tests.factories import NOW, actor_of, make_account, make_user
from tests.processes import server, wait_until

FACT: Final = {"kind": "feature.used", "account": "acme", "data": {"feature": "routes"}}
DAYS: Final = 7
MANY: Final = BATCH + 5


def tell(session: Session, name: str, number: int, **values: object) -> None:
    """Tell facts of several days under keys that begin with a name, the earliest six days ago."""
    items = [
        FACT
        | {"key": f"{name}-{one}", "occurred_at": (NOW - timedelta(days=one % DAYS)).isoformat()}
        | values
        for one in range(number)
    ]
    for start in range(0, number, BATCH):
        ingest(session, items[start : start + BATCH], source="product", now=NOW)
    session.commit()


def drain(session: Session) -> None:
    """Do what the worker does with what has happened, but leave scores stale."""
    session.rollback()
    outbox.drain(REACTIONS)
    session.rollback()


def counts(session: Session) -> Counter[tuple[Any, ...]]:
    rows = session.execute(
        select(PersonDay.account_id, PersonDay.kind, PersonDay.day, PersonDay.person, PersonDay.signals)
    )
    return Counter({tuple(row)[:4]: row.signals for row in rows})


def recounted(session: Session) -> Counter[tuple[Any, ...]]:
    """Count the ledger row by row."""
    rows = session.scalars(select(Signal).where(Signal.left_out_as.is_(None), Signal.account_id.is_not(None)))
    return Counter((row.account_id, row.kind, row.day, row.person or "") for row in rows)


def people_a_day(session: Session) -> Counter[tuple[Any, ...]]:
    """Count, without saying who they are, the people of each day and their signals."""
    return Counter((*place[:3], number) for place, number in counts(session).items())


def people(session: Session) -> object:
    day = NOW.date()
    return active_people_for(session, SYSTEM, since=day - timedelta(days=30), until=day + timedelta(days=1))


def stale_since(session: Session) -> Sequence[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(select(StaleScore.account_id, StaleScore.since))]


@pytest.fixture
def account(app: Flask, session: Session) -> Account:
    return make_account(session, external_id="a-1")


@pytest.fixture
def alias_id(session: Session, account: Account) -> int:
    """A name on which many facts rest, all of them counted."""
    tell(session, "a", 1)
    return explain(session, Problem.ACCOUNT, "acme", Meant(account_id=account.id), number=MANY)


def explain(session: Session, problem: Problem, name: str, meant: Meant, *, number: int = 0) -> int:
    service.explain_name(session, actor=SYSTEM, problem=problem, name=name, meant=meant, now=NOW)
    session.commit()
    tell(session, "a", number)
    drain(session)
    in_force = SignalAlias.name == name, SignalAlias.taken_back_at.is_(None)
    return session.scalars(select(SignalAlias.id).where(*in_force)).one()


def retract(session: Session, alias_id: int) -> None:
    with transaction(wake=False):
        service.take_back_alias(session, actor=SYSTEM, alias_id=alias_id, now=NOW)


def resting(session: Session, alias_id: int) -> int:
    """Count what is in the ledger by the name of an account."""
    return session.scalar(select(func.count()).where(UnmatchedSignal.account_alias_id == alias_id)) or 0


def waiting(session: Session) -> int:
    return queries.waiting_with(session, problem=Problem.ACCOUNT, name="acme")


def test_a_name_is_taken_back_a_batch_at_once_and_then_by_itself(
    session: Session, account: Account, alias_id: int
) -> None:
    session.execute(delete(StaleScore))
    retract(session, alias_id)
    assert (waiting(session), resting(session, alias_id)) == (BATCH, MANY - BATCH)

    drain(session)

    assert waiting(session) == MANY
    assert session.scalars(select(SignalAlias)).all() == []
    assert (counts(session), recounted(session)) == (Counter(), Counter())
    assert stale_since(session) == [(account.id, (NOW - timedelta(days=DAYS - 1)).date())]
    voided = session.scalar(select(func.count()).where(Signal.voids_id.is_not(None)))
    drain(session)
    assert session.scalar(select(func.count()).where(Signal.voids_id.is_not(None))) == voided == MANY


def test_a_name_means_something_else_while_it_is_being_taken_back(session: Session, alias_id: int) -> None:
    retract(session, alias_id)
    tell(session, "later", 3)
    assert waiting(session) == BATCH + 3

    other = make_account(session)
    explain(session, Problem.ACCOUNT, "acme", Meant(account_id=other.id))
    drain(session)
    match_signals()
    drain(session)

    assert waiting(session) == 0
    assert counts(session) == recounted(session)
    assert {place[0] for place in counts(session)} == {other.id}
    assert counts(session).total() == MANY + 3


def test_what_comes_while_a_name_is_being_taken_back_waits(
    app: Flask, session: Session, alias_id: int
) -> None:
    tell(session, "more", 2 * BATCH)
    drain(session)

    def come(number: int) -> None:
        with app.app_context(), transaction(wake=False) as its:
            item = FACT | {"key": f"new-{number}", "occurred_at": NOW.isoformat()}
            ingest(its, [item], source="product", now=NOW)

    with ThreadPoolExecutor(1) as threads:
        told = [threads.submit(come, number) for number in range(20)]
        retract(session, alias_id)
        drain(session)
        for one in told:
            one.result()
    drain(session)

    assert waiting(session) == MANY + 2 * BATCH + 20
    assert (counts(session), recounted(session)) == (Counter(), Counter())
    assert session.scalars(select(SignalAlias)).all() == []


def test_staff_see_that_a_name_is_being_taken_back(
    session: Session, alias_id: int, browser_of: Callable[[User], FlaskClient]
) -> None:
    staff = browser_of(make_user(session))

    page = staff.post(f"/staff/signals/aliases/{alias_id}/retraction", follow_redirects=True).text

    assert "Taken back. 5 more signals follow within minutes." in page
    listed = staff.get("/staff/signals/aliases").text
    assert "count no more and wait again within minutes" in listed
    assert f"/staff/signals/aliases/{alias_id}/retraction" not in listed
    assert staff.post(f"/staff/signals/aliases/{alias_id}/retraction").status_code == 404
    drain(session)
    assert "acme" not in staff.get("/staff/signals/aliases").text


@pytest.fixture
def kim(session: Session, account: Account) -> User:
    """Someone with many signals, and a colleague on the same days."""
    kim = make_user(session, account=account, email="kim@a.example")
    colleague = make_user(session, account=account)
    tell(session, "kim", MANY, account="a-1", user=kim.email, kind="product.exported", data={"who": "kim"})
    tell(session, "other", DAYS, account="a-1", user=colleague.email)
    drain(session)
    return kim


def erase(session: Session, kim: User, *, hours: int = 1) -> int:
    number = own.erase_me(session, actor=actor_of(kim), now=NOW + timedelta(hours=hours))
    session.commit()
    return number


def named(session: Session, kim: User) -> int:
    return session.scalar(select(func.count()).where(Signal.user_id == kim.id)) or 0


def test_counts_are_right_before_an_erasure_is_finished_and_after(session: Session, kim: User) -> None:
    session.execute(delete(StaleScore))
    before = people_a_day(session), people(session)

    assert erase(session, kim) == MANY
    assert named(session, kim) == MANY - BATCH
    for _ in range(2):
        assert (people_a_day(session), people(session)) == before
        assert counts(session) == recounted(session)
        assert len({place[3] for place in counts(session) if place[3].startswith(ERASED)}) == 1
        drain(session)

    assert named(session, kim) == 0
    mine = session.scalars(select(Signal).where(Signal.person.startswith(ERASED))).all()
    assert len(mine) == MANY
    assert not [row.key for row in mine if row.data or not row.key.startswith(ERASED)]
    assert stale_since(session) == []
    assert session.scalars(select(Erasure.finished_at)).one() is not None


def test_what_is_told_again_while_someone_leaves_is_known(session: Session, kim: User) -> None:
    erase(session, kim)
    tell(session, "kim", MANY, account="a-1", user=kim.email, kind="product.exported", data={"who": "kim"})
    record(
        session,
        [
            Fact(
                kind="product.exported",
                key=key,
                source="product",
                occurred_at=NOW,
                user_id=kim.id,
                account_id=kim.account_id,
            )
            for key in [f"kim-{number}" for number in range(MANY)]
        ],
        now=NOW,
    )
    session.commit()

    drain(session)

    assert session.scalar(select(func.count()).where(Signal.kind == "product.exported")) == MANY
    assert named(session, kim) == 0
    assert outbox.status(session, now=NOW).waiting == 0


def test_what_someone_does_while_leaving_keeps_the_name_and_leaves_with_them_the_next_time(
    session: Session, kim: User
) -> None:
    before = people_a_day(session)
    erase(session, kim)
    fact = Fact(
        kind="user.signed_in",
        key="new",
        occurred_at=NOW + timedelta(hours=2),
        user_id=kim.id,
        account_id=kim.account_id,
    )
    record(session, [fact], now=NOW + timedelta(hours=2))
    session.commit()
    drain(session)
    assert named(session, kim) == 1

    tell(session, "kim2", MANY, account="a-1", user=kim.email, occurred_at="2026-11-20T05:30:00+00:00")
    drain(session)
    erase(session, kim, hours=3)
    erase(session, kim, hours=4)
    drain(session)

    assert named(session, kim) == 0
    assert counts(session) == recounted(session)
    assert people_a_day(session) == before + Counter(
        {
            (kim.account_id, "user.signed_in", NOW.date(), 1): 1,
            (kim.account_id, "feature.used", NOW.date(), MANY): 1,
        }
    )


def test_told_facts_lose_the_person_however_many_and_whatever_becomes_of_the_name(
    session: Session, account: Account, kim: User
) -> None:
    tell(session, "w", MANY, account="nobody", user=kim.email)
    tell(session, "p", MANY, account="a-1", user="k@elsewhere.example")
    meant = Meant(user_id=kim.id)
    alias_id = explain(session, Problem.PERSON, "k@elsewhere.example", meant)
    match_signals()
    drain(session)

    erase(session, kim)
    retract(session, alias_id)
    drain(session)

    rows = session.scalars(select(UnmatchedSignal)).all()
    assert len(rows) == 2 * MANY
    assert not [row.key for row in rows if row.address or "@" in (row.name or "") or row.key[0] in "wp"]
    assert named(session, kim) == 0
    assert outbox.status(session, now=NOW).waiting == 0


def test_others_rows_forget_someone_in_steps(session: Session, kim: User) -> None:
    votes = [
        Fact(
            kind="post.was_voted",
            key=f"v-{number}",
            occurred_at=NOW,
            data={"voter_id": kim.id, "voter_account_id": 1},
        )
        for number in range(2 * MANY)
    ]
    record(session, votes, now=NOW)
    session.commit()

    erase(session, kim)
    drain(session)

    data = session.scalars(select(Signal.data).where(Signal.kind == "post.was_voted")).all()
    assert data == [{"voter_account_id": 1}] * (2 * MANY)


def test_the_page_says_that_someone_is_leaving_until_it_is_done(
    session: Session, kim: User, browser_of: Callable[[User], FlaskClient]
) -> None:
    browser = browser_of(kim)

    page = browser.post("/me/signals/erasure", follow_redirects=True).text
    assert "Your name is being taken out." in page
    assert "Your name was taken out" not in page

    drain(session)
    assert "Your name is being taken out." not in browser.get("/me/signals").text


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.timeout(600)
def test_what_was_begun_is_finished_whoever_is_killed(own_site: Flask, tmp_path: Path) -> None:
    settings: Settings = own_site.extensions["settings"]
    session = db.session()
    account = make_account(session, external_id="a-1")
    kim = make_user(session, account=account, email="kim@a.example")
    tell(session, "a", 1)
    alias_id = explain(session, Problem.ACCOUNT, "acme", Meant(account_id=account.id), number=6 * BATCH)
    tell(session, "kim", 6 * BATCH, account="a-1", user=kim.email)
    drain(session)
    erase(session, kim)
    retract(session, alias_id)

    def left() -> int:
        session.rollback()
        return named(session, kim) + resting(session, alias_id)

    def fewer_than(number: int) -> Callable[[], bool]:
        return lambda: left() < number

    kills, most = 0, left()
    while left():
        with server(settings, tmp_path / "server.log", free_port()) as process:
            wait_until(fewer_than(left()))
            if kills < 2:
                os.killpg(process.pid, signal.SIGKILL)
                kills += 1
                continue
            wait_until(fewer_than(1))

    assert (kills, most > BATCH) == (2, True)
    drain(session)
    assert counts(session) == recounted(session)
    assert counts(session).total() == waiting(session) == 6 * BATCH
    assert session.scalars(select(SignalAlias)).all() == []
    assert session.scalars(select(Erasure.finished_at)).one() is not None
