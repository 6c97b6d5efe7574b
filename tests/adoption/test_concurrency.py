"""Calls that tell overlapping facts at the same moment, each in a session of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.ingestion import ingest
from portal.adoption.matching.models import UnmatchedSignal
from portal.adoption.models import Signal
from portal.core.db import transaction
from tests.factories import NOW, make_account

CALLS: Final = 4
FACTS: Final = 700

AtOnce = Callable[[Callable[[Session, int], object]], None]


@pytest.fixture
def at_once(app: Flask, session: Session) -> AtOnce:
    """Let several calls come at the same moment; whatever goes wrong in one is raised."""
    barrier = Barrier(CALLS, timeout=30)

    def run(work: Callable[[Session, int], object]) -> None:
        session.rollback()

        def act(number: int) -> None:
            with app.app_context():
                barrier.wait()
                with transaction(wake=False) as own:
                    work(own, number)

        with ThreadPoolExecutor(CALLS) as threads:
            list(threads.map(act, range(CALLS)))
        session.expire_all()

    return run


def facts(account: str) -> list[dict[str, Any]]:
    fact = {"kind": "feature.used", "occurred_at": "2026-11-19T12:00:00Z", "account": account}
    return [{**fact, "key": f"{account}-{number:03}"} for number in range(FACTS)]


def turned(items: Sequence[object], number: int) -> Sequence[object]:
    """Return items in another order for each call, and not the same ones at the ends of its batches."""
    some = items[number * 20 :]
    return some if number % 2 else some[::-1]


def test_calls_that_overlap_wait_for_each_other(session: Session, at_once: AtOnce) -> None:
    make_account(session, external_id="acme")
    mixed = [one for pair in zip(facts("acme"), facts("nobody"), strict=True) for one in pair]

    at_once(lambda own, number: ingest(own, turned(mixed, number), source="product", now=NOW))

    assert session.scalar(select(func.count()).select_from(Signal)) == FACTS
    assert session.scalar(select(func.count()).select_from(UnmatchedSignal)) == FACTS


def test_corrections_that_overlap_wait_for_each_other(session: Session, at_once: AtOnce) -> None:
    make_account(session, external_id="acme")
    told = facts("acme")
    ingest(session, told, source="product", now=NOW)
    session.commit()
    corrections = [
        {"key": f"c-{index}", "voids": fact["key"], "reason": f"reason {index % 5}"}
        for index, fact in enumerate(told)
    ]

    at_once(lambda own, number: ingest(own, turned(corrections, number), source="product", now=NOW))

    assert session.scalar(select(func.count()).where(Signal.voids_id.is_not(None))) == FACTS
