"""`python -m bench.api`: signals a second by the API in calls of a thousand, beside the same without HTTP."""

import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from flask_migrate import upgrade

from bench import site
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.adoption.ingestion import ingest
from portal.api.keys import service
from portal.api.keys.rules import Scope
from portal.api.keys.service import KeyDraft
from portal.app import create_app
from portal.core.clock import utc_now
from portal.core.config import load_settings
from portal.core.db import db, transaction

CALLS: Final = 40
CALL: Final = 1000
CONNECTIONS: Final = 2
ACCOUNTS: Final = 50
PEOPLE_EACH: Final = 10
MOST_SECONDS: Final = 10.0
KINDS: Final = ("feature.used", "user.signed_in", "product.report_made", "article.viewed")
AIM: Final = "1,500 signals a second by the API, on SQLite and two processors"


def main() -> None:
    """Measure the floor, then the API with its worker beside it, on two sites with the same accounts."""
    bodies = [body(number) for number in range(CALLS)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        make_site(Path(one))
        floor = measure_floor(Path(one), bodies)
        key = make_site(Path(other))
        port = site.free_port()
        with site.running(site.serve_command(port), {"PORTAL_DATA_DIR": other}, port, "/healthz"):
            served = measure_api(port, key, bodies)
    sys.stdout.write(
        f"{'':34}{'signals/s':>10}\n{'POST /api/v1/signals, with worker':34}{served:10,.0f}\n"
        f"{'ingest() alone, no server, no worker':34}{floor:10,.0f}\nratio {floor / served:.2f}; aim: {AIM}\n"
    )


def body(number: int) -> bytes:
    """Return what one call sends."""
    chance = random.Random(number)  # noqa: S311  # The same signals every time.
    now = utc_now()
    signals = []
    for place in range(CALL):
        account = chance.randrange(ACCOUNTS)
        at = now - timedelta(seconds=chance.randrange(90 * 24 * 3600))
        signals.append(
            {
                "key": f"call-{number}-{place}",
                "kind": chance.choice(KINDS),
                "occurred_at": at.isoformat(),
                "account": f"account-{account}",
                "user": f"person-{account}-{chance.randrange(PEOPLE_EACH)}@example.test",
            }
        )
    return json.dumps({"signals": signals}).encode()


def make_site(folder: Path) -> str:
    """Make a site with some accounts and people; return a key."""
    with application(folder):
        upgrade()
        with transaction(wake=False) as session:
            for number in range(ACCOUNTS):
                account = Account(
                    external_id=f"account-{number}",
                    name=f"Account {number}",
                    plan="team",
                    seats=PEOPLE_EACH,
                    touch_tier=TouchTier.TECH,
                    status=AccountStatus.ACTIVE,
                    started_on=date(2026, 1, 1),
                )
                session.add(account)
                for place in range(PEOPLE_EACH):
                    email = f"person-{number}-{place}@example.test"
                    session.add(
                        User(
                            email=email, name=email, role=Role.CUSTOMER, account=account, created_at=utc_now()
                        )
                    )
            draft = KeyDraft(name="Bench", scopes=[Scope.SIGNALS_WRITE])
            return service.make_key(session, actor=SYSTEM, draft=draft, now=utc_now()).text


@contextmanager
def application(folder: Path) -> Iterator[None]:
    """Be a process of a site for a while."""
    app = create_app(load_settings({"PORTAL_DATA_DIR": str(folder)}))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def measure_floor(folder: Path, bodies: Sequence[bytes]) -> float:
    """Return the signals a second that one process reads, checks and stores, a transaction a call."""
    with application(folder):
        started, done = time.perf_counter(), 0
        for one in bodies:
            with transaction(wake=False) as session:
                done += ingest(session, json.loads(one)["signals"], source="bench", now=utc_now()).accepted
            if time.perf_counter() - started > MOST_SECONDS:
                break
        return done / (time.perf_counter() - started)


def measure_api(port: int, key: str, bodies: Sequence[bytes]) -> float:
    """Return the signals a second that are acknowledged over two connections.

    Raises:
        RuntimeError: a call was refused, or a signal of it.
    """
    accepted: list[int] = []
    problems: list[str] = []
    started = time.perf_counter()

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        for one in bodies[first::CONNECTIONS]:
            connection.request("POST", "/api/v1/signals", one, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if told.get("accepted") != CALL:
                problems.append(f"{answer.status}: {str(told)[:200]}")
            accepted.append(told.get("accepted", 0))
            if time.perf_counter() - started > MOST_SECONDS:
                break
        connection.close()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])
    return sum(accepted) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
