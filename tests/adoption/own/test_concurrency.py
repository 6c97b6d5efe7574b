"""A person leaves the ledger at the moment when something of them is being recorded."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.adoption.own import service
from portal.adoption.service import Fact, record
from portal.core.db import db, transaction
from tests.factories import NOW, actor_of, make_customer

WAITING = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")


def test_what_is_being_recorded_is_erased_too(app: Flask, session: Session) -> None:
    taro = make_customer(session)
    actor = actor_of(taro)
    fact = Fact(kind="user.signed_in", key="a", occurred_at=NOW, user_id=taro.id, account_id=taro.account_id)
    session.commit()
    is_server = db.engine.dialect.name == "postgresql"

    def erase() -> None:
        with app.app_context(), transaction(wake=False) as own:
            service.erase_me(own, actor=actor, now=NOW)

    with ThreadPoolExecutor(1) as threads:
        with transaction(wake=False) as own:
            record(own, [fact], now=NOW)
            erased = threads.submit(erase)
            while is_server and not erased.done() and not own.scalar(WAITING):
                pass
        erased.result()

    session.rollback()
    assert session.execute(select(Signal.user_id, Signal.data)).all() == [(None, {})]


def test_what_is_recorded_while_someone_leaves_brings_no_name(app: Flask, session: Session) -> None:
    taro = make_customer(session)
    fact = Fact(kind="user.signed_in", key="a", occurred_at=NOW, user_id=taro.id, account_id=taro.account_id)
    actor = actor_of(taro)
    session.commit()
    is_server = db.engine.dialect.name == "postgresql"

    def tell() -> None:
        with app.app_context(), transaction(wake=False) as own:
            record(own, [fact], now=NOW)

    with ThreadPoolExecutor(1) as threads:
        with transaction(wake=False) as own:
            service.erase_me(own, actor=actor, now=NOW)
            own.flush()
            told = threads.submit(tell)
            while is_server and not told.done() and not own.scalar(WAITING):
                pass
        told.result()

    session.rollback()
    assert session.scalars(select(Signal.user_id)).all() == [None]
