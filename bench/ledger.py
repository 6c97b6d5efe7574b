"""The ledger of a made-up vendor, and what `make bench-signals` does with it inside a process of its own."""

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask_migrate import upgrade
from sqlalchemy import String, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import Account, TouchTier, User
from portal.adoption.models import Signal
from portal.app import create_lasting_app
from portal.core.batches import batches
from portal.core.clock import site_day, utc_now
from portal.core.config import load_settings
from portal.core.db import db, transaction
from portal.health import following, nightly, service
from portal.health.models import HealthScore

SIGNALS_EACH: Final = 500
PEOPLE_EACH: Final = 5
DAYS: Final = 360
REFRESHES: Final = 200
ROWS: Final = 10_000
COPIED: Final = 2_000
KINDS: Final = {
    "user.signed_in": 25,
    "feature.used": 35,
    "product.report_printed": 15,
    "article.read": 10,
    "topic.read": 5,
    "question.asked": 4,
    "answer.posted": 3,
    "request.opened": 3,
}

Row = dict[str, Any]


def signals(accounts: int, *, now: datetime) -> Iterator[tuple[int, int, str, datetime]]:
    """Yield account, person, kind and instant of every signal, in the order of time and the same each time.

    Accounts differ: each has as many people and kinds as it happens, and some fall silent.
    """
    chance = random.Random(1)  # noqa: S311  # No secret.
    kinds, weights = list(KINDS), list(KINDS.values())
    silent_since = [chance.choice((0, 0, 0, 30, 90)) for _ in range(accounts)]
    number = accounts * SIGNALS_EACH
    for place in range(number):
        account = chance.randrange(accounts)
        days_ago = max(DAYS * (1 - place / number), silent_since[account]) + chance.random()
        person = min(chance.randrange(PEOPLE_EACH), chance.randrange(PEOPLE_EACH))
        (kind,) = chance.choices(kinds, weights)
        yield account, person, kind, now - timedelta(days=days_ago)


def fill(accounts: int) -> None:
    """Make accounts that are customers since before the first signal, and their people."""
    upgrade()
    now = utc_now()
    start = site_day(now) - timedelta(days=DAYS + 2)
    with transaction(wake=False) as session:
        account_rows = [
            {
                "id": number + 1,
                "external_id": f"account-{number}",
                "name": f"Account {number}",
                "plan": "standard",
                "seats": PEOPLE_EACH,
                "touch_tier": TouchTier.TECH,
                "started_on": start,
            }
            for number in range(accounts)
        ]
        session.execute(insert(Account), account_rows)
        session.execute(insert(User), [_person(n, now) for n in range(accounts * PEOPLE_EACH)])


def _person(number: int, now: datetime) -> Row:
    return {
        "id": number + 1,
        "email": f"person-{number}@bench.example",
        "name": f"Person {number}",
        "role": Role.CUSTOMER,
        "account_id": number // PEOPLE_EACH + 1,
        "created_at": now,
    }


def load(accounts: int) -> None:
    """Write the ledger past the front door, for only scoring is looked at: of some accounts, and copies."""
    first, now = min(accounts, COPIED), utc_now()
    rows = (_row(number, *one, now) for number, one in enumerate(signals(first, now=now)))
    for some in batches(rows, ROWS):
        with transaction(wake=False) as session:
            session.execute(insert(Signal), some)
    for copy in range(1, accounts // first):
        with transaction(wake=False) as session:
            _copy(session, copy, of=first)


def _copy(session: Session, copy: int, *, of: int) -> None:
    user_id = Signal.user_id + copy * of * PEOPLE_EACH
    columns = {
        "key": Signal.key + f"-{copy}",
        "account_id": Signal.account_id + copy * of,
        "user_id": user_id,
        "person": literal("user:") + cast(user_id, String),
        **{
            name: getattr(Signal, name)
            for name in ("source", "kind", "occurred_at", "recorded_at", "day", "data")
        },
    }
    mine = select(*columns.values()).where(Signal.account_id <= of)
    session.execute(insert(Signal).from_select(list(columns), mine))


def _row(number: int, account: int, person: int, kind: str, at: datetime, now: datetime) -> Row:
    user_id = account * PEOPLE_EACH + person + 1
    return {
        "source": "bench",
        "key": str(number),
        "kind": kind,
        "occurred_at": at,
        "recorded_at": now,
        "day": site_day(at),
        "account_id": account + 1,
        "user_id": user_id,
        "person": f"user:{user_id}",
        "data": {},
    }


def settle(_accounts: int) -> Row:
    """Give every account yesterday's score, and count what was written."""
    started, used = time.perf_counter(), time.process_time()
    count = nightly.score_all(now=utc_now())
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    points = float(db.session().scalar(select(func.avg(HealthScore.points_e4))) or 0) / 10_000
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "scores": count, "mean_points": points}


def refresh(accounts: int) -> Row:
    """Score one stale account after the other; return the median and the 95th percentile in milliseconds."""
    chance, took, used = random.Random(2), [], time.process_time()  # noqa: S311  # No secret.
    for _ in range(REFRESHES):
        now = utc_now()
        with transaction(wake=False) as session:
            service.mark_stale(session, since={chance.randint(1, accounts): site_day(now)}, now=now)
        started = time.perf_counter()
        following.follow()
        took.append(1000 * (time.perf_counter() - started))
    return {
        "p50_ms": statistics.median(took),
        "p95_ms": statistics.quantiles(took, n=20)[-1],
        "cpu_ms": 1000 * (time.process_time() - used) / REFRESHES,
    }


TASKS: Final = {"fill": fill, "load": load, "settle": settle, "refresh": refresh}


def main(task: str, accounts: str, site: str) -> None:
    """Do one thing with a site; what it came to is written beside it."""
    app = create_lasting_app(load_settings({"PORTAL_DATA_DIR": site}))
    with app.app_context():
        result = TASKS[task](int(accounts))
    Path(site, f"{task}.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
