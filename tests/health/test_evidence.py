"""What is read for a score: as much as the model can look at, and nothing that it would miss."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.accounts.models import Account, FormerSeats
from portal.adoption.models import PersonDay
from portal.health.evidence import read_dossier, read_dossiers
from portal.health.model import Measure, Model, shipped
from portal.health.rules import Evidence, Tally, score
from portal.onboarding.dates.models import FormerDueDay
from tests.factories import make_account
from tests.health.evidence import AS_OF, tallies
from tests.health.evidence import models as any_models
from tests.onboarding.factories import make_checklist
from tests.statements import statements

DAY = timedelta(days=1)


def keep(session: Session, account: Account, known: list[Tally]) -> None:
    """Store tallies as the worker counts them."""
    counts: dict[tuple[str, date, str], int] = {}
    for row in known:
        place = (row.kind, row.day, row.person or "")
        counts[place] = counts.get(place, 0) + row.signals
    if counts:
        session.execute(
            insert(PersonDay),
            [
                {"account_id": account.id, "kind": kind, "day": day, "person": person, "signals": signals}
                for (kind, day, person), signals in counts.items()
            ],
        )


@given(any_models(*Measure), tallies(youngest=-20), st.integers(0, 30), st.integers(0, 300))
def test_what_is_read_gives_the_score_of_all_there_is(
    session: Session, model: Model, known: list[Tally], span: int, days_ago: int
) -> None:
    account = make_account(session, seats=3)
    keep(session, account, known)
    last = AS_OF - days_ago * DAY
    first = last - span * DAY

    dossier = read_dossier(session, account, model=model, first=first, last=last)
    told = [score(model, dossier.as_of(day), day) for day in (first, last)]
    session.rollback()

    everything = Evidence(seats=3, tallies=tuple(known))
    assert told == [score(model, everything, day) for day in (first, last)]


def test_what_is_long_ago_is_read_as_one_tally_a_person(session: Session) -> None:
    account = make_account(session)
    days = [AS_OF - number * DAY for number in range(700)]
    keep(session, account, [Tally(kind="article.read", day=day, person="user:1", signals=1) for day in days])

    dossier = read_dossier(session, account, model=shipped("v1"), first=AS_OF, last=AS_OF)

    assert len(dossier.tallies) == 360 + 1
    assert min((tally.day, tally.signals) for tally in dossier.tallies) == (AS_OF - 360 * DAY, 340)


def test_many_accounts_are_read_in_as_few_statements_as_one(session: Session) -> None:
    accounts = [make_account(session) for _ in range(7)]
    for account in accounts:
        keep(session, account, [Tally(kind="article.read", day=AS_OF, person=None, signals=account.id)])
        step = make_checklist(session, account).steps[0]
        session.add(FormerSeats(account_id=account.id, until=AS_OF, seats=account.id))
        session.add(FormerDueDay(step_id=step.id, until=AS_OF, due_on=AS_OF - account.id * DAY))
    session.flush()

    asked = []
    for some in (accounts[:1], accounts):
        with statements() as seen:
            dossiers = read_dossiers(session, some, model=shipped("v1"), first=AS_OF, last=AS_OF)
        asked.append(len(seen))
        assert {key: own.tallies[0].signals for key, own in dossiers.items()} == {a.id: a.id for a in some}
        assert {key: own.seats.as_of(AS_OF) for key, own in dossiers.items()} == {a.id: a.id for a in some}
        due = {key: (AS_OF - own.steps[0].due_on.as_of(AS_OF)).days for key, own in dossiers.items()}
        assert due == {a.id: a.id for a in some}
    assert asked[0] == asked[1]
