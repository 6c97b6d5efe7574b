"""How long suggestions take: whole requests, among many documents and remembered queries."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from flask import Flask
from sqlalchemy import insert

from portal.accounts.models import Account, TouchTier
from portal.app import create_app
from portal.core.config import load_settings
from portal.core.db import db, transaction
from portal.search import indexing
from portal.search.engine import IndexedDocument
from portal.search.learning import service as learning
from portal.search.learning.rules import LearnedQuery, folded
from portal.search.models import SearchDocument

REMEMBERED: Final = 50_000
ACCOUNTS: Final = 50
ASKED: Final = 600
WARM: Final = 20
COLUMNS: Final = ("key", "group", "kind", "language", "title", "body", "audience")


def milliseconds(documents: Sequence[IndexedDocument]) -> list[float]:
    """Return the wall time of each of many requests for suggestions, in order of length."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            load_settings({"PORTAL_DATA_DIR": folder, "PORTAL_SECRET_KEY": "only for benchmarks"})
        )
        with app.app_context():
            queries = fill(app, documents)
            chance = random.Random(2)  # noqa: S311  # No secret.
            typed = [text[: chance.randint(1, len(text))] for text in chance.choices(queries, k=WARM + ASKED)]
            spent = [milliseconds_of(app, text) for text in typed]
            db.session.remove()
            db.engine.dispose()
        app.extensions["jobs"].close()
    return sorted(spent[WARM:])


def fill(app: Flask, documents: Sequence[IndexedDocument]) -> Sequence[str]:
    """Make a site of these documents and of queries that led to them; return the queries."""
    db.create_all()
    chance = random.Random(3)  # noqa: S311  # No secret.
    rows = [{name: getattr(one, name) for name in COLUMNS} | {"path": f"/{one.key}"} for one in documents]
    with transaction(wake=False) as session:
        session.execute(insert(SearchDocument), rows)
        session.add_all(account(number) for number in range(1, ACCOUNTS + 1))
        session.flush()
        learned = sorted(remembered(documents, chance), key=lambda one: one.folded)
        learning.keep_queries(session, learned)
    indexing.rebuild(app.extensions["search_engine"])
    return [one.text for one in learned]


def account(number: int) -> Account:
    """Return an account."""
    return Account(
        id=number,
        external_id=f"account-{number}",
        name=f"Account {number}",
        plan="team",
        seats=9,
        touch_tier=TouchTier.TECH,
        started_on=date(2026, 1, 1),
    )


def remembered(documents: Sequence[IndexedDocument], chance: random.Random) -> Iterator[LearnedQuery]:
    """Yield different queries: parts of titles, each of which one to six accounts had success with."""
    known: set[str] = set()
    while len(known) < REMEMBERED:
        title = chance.choice(documents).title
        start = chance.randrange(len(title))
        text = title[start : start + chance.randint(2, 30)].strip()
        if text and folded(text) not in known:
            known.add(folded(text))
            people = chance.randint(1, 6)
            yield LearnedQuery(
                folded=folded(text),
                text=text,
                account_ids=chance.sample(range(1, ACCOUNTS + 1), people),
                pages={one.group for one in chance.choices(documents, k=chance.randint(1, 3))},
                people=people,
                readers=chance.randint(0, people),
            )


def milliseconds_of(app: Flask, text: str) -> float:
    """Return how long one request takes."""
    client = app.test_client()
    started = time.perf_counter()
    answer = client.get("/search/suggestions", query_string={"q": text}, headers={"HX-Request": "true"})
    spent = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:  # noqa: PLR2004  # OK.
        raise RuntimeError(f"{text!r}: {answer.status}")
    return spent
