"""A name is taken back at the moment when a fact is being matched by it."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.adoption.ingestion import ingest
from portal.adoption.matching import service
from portal.adoption.matching.directory import directory_of
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.matching.service import Meant
from portal.adoption.models import Signal
from portal.core.db import db, transaction
from tests.factories import NOW, make_account

WAITING = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
FACT = {"kind": "feature.used", "occurred_at": "2026-11-19T12:00:00Z", "account": "acme"}


def test_a_name_is_not_taken_back_while_it_is_used(app: Flask, session: Session) -> None:
    account = make_account(session)
    ingest(session, [FACT | {"key": "a"}], source="product", now=NOW)
    meant = Meant(account_id=account.id)
    service.explain_name(session, actor=SYSTEM, problem=Problem.ACCOUNT, name="acme", meant=meant, now=NOW)
    alias_id = session.scalars(select(SignalAlias.id)).one()
    session.commit()
    is_server = db.engine.dialect.name == "postgresql"

    def take_back() -> None:
        with app.app_context(), transaction(wake=False) as own:
            service.take_back_alias(own, actor=SYSTEM, alias_id=alias_id, now=NOW)

    with ThreadPoolExecutor(1) as threads:
        with transaction(wake=False) as own:
            assert directory_of(own, [("acme", None)]).find("acme", None).account_id == account.id
            taken = threads.submit(take_back)
            while is_server and not taken.done() and not own.scalar(WAITING):
                pass
            assert not taken.done()
            ingest(own, [FACT | {"key": "b"}], source="product", now=NOW)
        taken.result()

    session.rollback()
    assert session.scalars(select(Signal.id).where(Signal.left_out_as.is_(None))).all() == []
    assert session.scalars(select(UnmatchedSignal.problem)).all() == [Problem.ACCOUNT] * 2
