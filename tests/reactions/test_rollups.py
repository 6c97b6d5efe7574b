"""Counts and scores follow the ledger, in whatever order, how often and how late it is told and corrected."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption import service as ledger
from portal.adoption.ingestion import ingest
from portal.adoption.models import PersonDay, Signal
from portal.core import outbox
from portal.core.batches import batches
from portal.core.clock import site_day
from portal.core.outbox import on
from portal.events import SignalsRecorded, SignalsRestored, SignalsVoided
from portal.health import service
from portal.health.evidence import read_dossier
from portal.health.model import Measure, Model
from portal.health.models import HealthScore
from portal.health.rules import Score, score
from portal.reactions import adoption
from tests.factories import NOW, make_account, make_user
from tests.health.evidence import KINDS, models

FOLLOWING: Final = (
    *on(SignalsRecorded, adoption.roll_up_days),
    *on(SignalsVoided, adoption.roll_up_days),
    *on(SignalsRestored, adoption.roll_up_days),
)
PEOPLE: Final = 3


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass(frozen=True, kw_only=True)
class Told:
    """A signal as another system tells it; `person` is one of the account's people, None for nobody."""

    number: int
    kind: str
    hours_ago: int
    person: int | None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return NOW - timedelta(hours=self.hours_ago)


@dataclass(frozen=True, kw_only=True)
class Home:
    """An account and its people."""

    account: Account
    people: Sequence[User]

    def report(self, told: Told) -> dict[str, Any]:
        """Write the signal as an item of a file."""
        item = {
            "key": f"{self.account.id}:{told.number}",
            "kind": told.kind,
            "occurred_at": told.at.isoformat(),
            "account": self.account.external_id,
        }
        return item if told.person is None else item | {"user": self.people[told.person].email}

    def counts(self, session: Session) -> Counter[tuple[str, Any, int | None]]:
        """Return how many signals of a kind each person left on each day, as the counts say."""
        number = {f"user:{user.id}": place for place, user in enumerate(self.people)}
        rows = session.scalars(select(PersonDay).where(PersonDay.account_id == self.account.id))
        return Counter({(row.kind, row.day, number.get(row.person)): row.signals for row in rows})

    def signal_ids(self, session: Session, told: Iterable[Told]) -> list[int]:
        """Return the ids of the signals that are recorded of some."""
        keys = [f"{self.account.id}:{one.number}" for one in told]
        return list(session.scalars(select(Signal.id).where(Signal.key.in_(keys))))


def make_home(session: Session) -> Home:
    account = make_account(session, seats=4)
    people = [make_user(session, account=account) for _ in range(PEOPLE)]
    session.commit()
    return Home(account=account, people=people)


def tell(session: Session, home: Home, told: Iterable[Told]) -> None:
    result = ingest(session, [home.report(one) for one in told], source="file", now=NOW)
    assert result.rejected == ()
    session.commit()


def follow() -> None:
    outbox.drain(FOLLOWING)


def scores(session: Session, home: Home, model: Model, days_ago: Iterable[int]) -> list[Score]:
    today = site_day(NOW)
    days = [today - timedelta(days=number) for number in days_ago]
    dossier = read_dossier(session, home.account, model=model, first=min(days), last=max(days))
    return [score(model, dossier.as_of(day), day) for day in days]


tellings = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 24 * 400), st.none() | st.integers(0, PEOPLE - 1)),
    min_size=1,
    max_size=10,
).map(
    lambda rows: [
        Told(number=number, kind=kind, hours_ago=hours, person=person)
        for number, (kind, hours, person) in enumerate(rows)
    ]
)


def check_that_only_the_facts_matter(session: Session, told: list[Told], data: st.DataObject) -> None:
    """Tell one account plainly what stays, and another in bits, twice, late, taken back and restored."""
    model = data.draw(models(*Measure))
    some = st.lists(st.sampled_from(told), unique=True)
    voided, restored = data.draw(some), data.draw(some)
    stays = [one for one in told if one not in voided or one in restored]
    plain, odd = make_home(session), make_home(session)
    tell(session, plain, stays)
    follow()

    bits = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=5))))
    cut = data.draw(st.integers(0, len(bits)))
    for part in (bits[:cut], bits[cut:]):
        tell(session, odd, part)
        if data.draw(st.booleans()):
            follow()
    for change, some_told in ((ledger.void, voided), (ledger.restore, restored)):
        change(session, odd.signal_ids(session, some_told), reason="removed", now=NOW)
        session.commit()
        if data.draw(st.booleans()):
            follow()
    follow()

    counted = odd.counts(session)
    assert counted == plain.counts(session)
    assert counted == Counter((one.kind, site_day(one.at), one.person) for one in stays)
    days_ago = [0, 3, 45]
    told_scores = scores(session, odd, model, days_ago)
    assert told_scores == scores(session, plain, model, days_ago)
    assert ledger.rebuild_rollups(session, [odd.account.id]) == len(counted)
    assert (odd.counts(session), scores(session, odd, model, days_ago)) == (counted, told_scores)
    session.commit()


@settings(max_examples=15)  # Each drains the outbox several times.
@given(tellings, st.data())
def test_order_repetition_lateness_and_corrections_leave_counts_and_scores_as_the_facts_say(
    session: Session, told: list[Told], data: st.DataObject
) -> None:
    check_that_only_the_facts_matter(session, told, data)


@pytest.mark.slow
@settings(max_examples=150)
@given(tellings, st.data())
def test_it_stays_so_however_long_one_looks_for_a_counterexample(
    session: Session, told: list[Told], data: st.DataObject
) -> None:
    check_that_only_the_facts_matter(session, told, data)


DIGEST: Final = "8bbd77132de60442e35e4887326bbe770840b4c4626c346fe605c8ad694e1c75"
"""Of the scores of a made-up ledger: the same to the last digit on every database and in every order."""


def seeded() -> list[Told]:
    chance = random.Random(7)  # noqa: S311  # No secret.
    kinds = ["user.signed_in", "feature.used", "product.sent", *KINDS, "answer.posted", "answer.accepted"]
    people = (None, 0, 1, 1, 2)
    return [
        Told(
            number=number,
            kind=chance.choice(kinds),
            hours_ago=chance.randrange(24 * 500),
            person=chance.choice(people),
        )
        for number in range(400)
    ]


def digest_of(session: Session, home: Home) -> str:
    """Sum up all that is stored of an account's scores; raw numbers as far as machines agree on them."""
    session.rollback()
    rows = session.scalars(select(HealthScore).where(HealthScore.account_id == home.account.id))
    told = [
        repr((row.day, row.points_e4, row.coverage_e4, row.band, *parts_of(row)))
        for row in sorted(rows, key=lambda row: row.day)
    ]
    assert len(told) == service.REBUILT_DAYS
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def parts_of(row: HealthScore) -> Iterator[tuple[object, ...]]:
    for component in row.components:
        yield component["name"], component["value_e4"], component["contribution_e4"]
        for part in component["features"]:
            raw = None if part["raw"] is None else f"{part['raw']:.12g}"
            yield part["name"], raw, part["value_e4"], part["contribution_e4"]


@pytest.mark.parametrize("order", [1, 2])
def test_every_database_and_every_order_gives_the_same_scores_to_the_last_digit(
    session: Session, order: int
) -> None:
    home = make_home(session)
    home.account.started_on = (NOW - timedelta(days=600)).date()
    told = seeded()
    random.Random(order).shuffle(told)  # noqa: S311  # No secret.
    for some in batches(told, 150):
        tell(session, home, some)
        follow()
    service.rebuild_scores(session, account_id=home.account.id, now=NOW)
    session.commit()

    assert digest_of(session, home) == DIGEST
