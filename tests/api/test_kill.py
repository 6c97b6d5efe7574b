"""Server and worker are killed while signals come in; what was acknowledged counts once, everywhere."""

import http.client
import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import func, select

from bench.load import descendants
from bench.site import free_port
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.adoption.models import PersonDay, Signal
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db
from portal.health.models import HealthScore, StaleScore
from portal.health.queries import computed_score_for, stored_score
from tests.api.conftest import make_key
from tests.factories import make_account, make_user
from tests.processes import answers, server, wait_until

KILLS: Final = int(os.environ.get("ENGAWA_API_KILLS", "3"))
CALL: Final = 40
SENDERS: Final = 2
ACCOUNTS: Final = 5
CHANCE: Final = random.Random()  # noqa: S311  # Which moment is met matters to nobody's secrets.
KINDS: Final = ("feature.used", "user.signed_in", "question.asked", "article.viewed", "product.report_made")

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(3600)]


@pytest.mark.usefixtures("_people")
def test_what_is_acknowledged_counts_once_whoever_is_killed(own_site: Flask, tmp_path: Path) -> None:
    settings: Settings = own_site.extensions["settings"]
    key, port, log = make_key(db.session()), free_port(), tmp_path / "server.log"
    kills = 0
    with sending(port, key) as (acknowledged, enough):
        while kills < KILLS:
            with server(settings, log, port) as process:
                for victim in CHANCE.sample(("worker", "web"), k=2):
                    wait_for_more(acknowledged)
                    kill(process.pid, victim)
                wait_for_more(acknowledged)
                os.killpg(process.pid, signal.SIGKILL)
                kills += 3
        with server(settings, log, port):
            wait_until(lambda: answers(port))
            enough()
            wait_until(all_is_done)

    assert stored_keys() == sorted(acknowledged)
    assert rollups() == recounted()
    check_scores()


@pytest.fixture
def _people(own_site: Flask) -> None:
    for number in range(ACCOUNTS):
        account = make_account(db.session(), external_id=f"account-{number}", started_on=date(2026, 1, 1))
        for place in range(3):
            make_user(db.session(), account=account, email=f"person-{number}-{place}@example.test")


@contextmanager
def sending(port: int, key: str) -> Iterator[tuple[list[str], Callable[[], None]]]:
    """Report signals from a few threads; yield what was acknowledged, and how to end it."""
    acknowledged: list[str] = []
    is_enough = threading.Event()
    senders = [
        threading.Thread(target=send, args=(port, key, number, acknowledged, is_enough), daemon=True)
        for number in range(SENDERS)
    ]

    def end() -> None:
        is_enough.set()
        for sender in senders:
            sender.join()

    for sender in senders:
        sender.start()
    yield acknowledged, end


def send(port: int, key: str, sender: int, acknowledged: list[str], is_enough: threading.Event) -> None:
    """Send one call after the other, each again and again until it is answered."""
    number = 0
    while not is_enough.is_set():
        items = call(f"{sender}-{number}")
        while not answered(port, key, items):
            threading.Event().wait(0.05)
        acknowledged += [item["key"] for item in items]
        number += 1


def call(name: str) -> list[dict[str, Any]]:
    """Return what one call reports: facts of the last weeks, which belong to what happened long ago."""
    items = []
    for place in range(CALL):
        account = CHANCE.randrange(ACCOUNTS)
        at = utc_now() - timedelta(minutes=CHANCE.randrange(1, 30 * 24 * 60))
        items.append(
            {
                "key": f"{name}-{place}",
                "kind": CHANCE.choice(KINDS),
                "occurred_at": at.isoformat(),
                "account": f"account-{account}",
                "user": f"person-{account}-{CHANCE.randrange(3)}@example.test",
            }
        )
    return items


def answered(port: int, key: str, items: Sequence[dict[str, Any]]) -> bool:
    """Send a call; tell whether it was acknowledged, every signal as new or known."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with suppress(OSError, http.client.HTTPException), closing(connection):
        connection.request("POST", "/api/v1/signals", json.dumps({"signals": items}), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status in {429, 503}:
            return False
        assert answer.status == 200, told
        assert told["accepted"] + told["duplicate"] == len(items), told
        return True
    return False


def wait_for_more(acknowledged: list[str]) -> None:
    """Wait until some more calls were answered, so that the next kill meets some that are under way."""
    enough = len(acknowledged) + CALL * CHANCE.randrange(1, 6)
    wait_until(lambda: len(acknowledged) >= enough)


def kill(server_id: int, victim: str) -> None:
    """Kill the worker, or the process that answers, which the server then starts anew."""
    children = descendants(server_id)[1:]
    is_worker = {child: b"until-parent-ends" in command_of(child) for child in children}
    for child in children:
        if is_worker[child] == (victim == "worker"):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def command_of(process_id: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    return b""


def all_is_done() -> bool:
    """Tell whether counts and scores know all that the ledger does."""
    db.session.rollback()
    stale = db.session.scalar(select(func.count()).select_from(StaleScore))
    return not stale and outbox.status(db.session(), now=utc_now()).waiting == 0


def stored_keys() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Signal.key).where(Signal.source == "api:billing")))


def rollups() -> dict[tuple[int, str, date], tuple[int, int]]:
    place = (PersonDay.account_id, PersonDay.kind, PersonDay.day)
    counts = (func.sum(PersonDay.signals), func.count(func.nullif(PersonDay.person, "")))
    rows = db.session.execute(select(*place, *counts).group_by(*place))
    return {(account_id, kind, day): (count, people) for account_id, kind, day, count, people in rows}


def recounted() -> dict[tuple[int | None, str, date], tuple[int, int]]:
    """Count the ledger in plain Python."""
    rows = db.session.scalars(select(Signal)).all()
    signals = Counter((row.account_id, row.kind, row.day) for row in rows)
    people = Counter(
        (place[0], place[1], place[2]) for place in {(r.account_id, r.kind, r.day, r.person) for r in rows}
    )
    return {place: (count, people[place]) for place, count in signals.items()}


def check_scores() -> None:
    """Compare the score that each account has with one computed from the ledger alone."""
    for account in db.session.scalars(select(Account)).all():
        query = (
            select(HealthScore).where(HealthScore.account_id == account.id).order_by(HealthScore.day.desc())
        )
        row = db.session.scalars(query.limit(1)).one()
        assert stored_score(row) == computed_score_for(db.session(), SYSTEM, account.id, as_of=row.day)
        assert row.points_e4
