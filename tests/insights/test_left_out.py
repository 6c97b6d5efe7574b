"""What crawlers and the vendor's own people do is kept, counted as left out, and changes no figure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.adoption.kinds import KINDS
from portal.adoption.queries import pairs_read_together
from portal.adoption.service import Fact, record, void
from portal.core.activity import LeftOut
from portal.insights.catalogue import FIGURES
from portal.insights.coverage import view_ids_for, views_of
from portal.insights.queries import Ledger, Period, Wanted, gaps_for, help_sessions_of_days
from portal.insights.reading import read
from portal.insights.searches import learned_queries, replacements, retries, successes
from tests.factories import NOW
from tests.insights.world import TODAY, World, make_world

MONTH = Wanted(period=Period.between(None, None, today=TODAY))
LONG_AGO = NOW - timedelta(days=100)


def shadow(world: World, reason: LeftOut) -> list[Fact]:
    """Do everything that readers can do at the very times at which they did it, in their midst."""
    who = {"user_id": world.staff.id} if reason is LeftOut.STAFF else {"person": "visitor:a", "user_id": None}
    return [
        replace(fact, key=f"{reason}:{fact.key}", account_id=None, left_out_as=reason, **who)
        for fact in world.facts
        if KINDS[fact.kind].passive
    ]


def read_everything(session: Session) -> dict[str, object]:
    """Read whatever is made from the ledger."""
    ledger = Ledger(session, SYSTEM, MONTH, now=NOW)
    sessions = list(help_sessions_of_days(session, SYSTEM, days=60, now=NOW))
    return {figure.name: read(figure, ledger).result for figure in FIGURES} | {
        "gaps": gaps_for(session, SYSTEM, MONTH, now=NOW),
        "views": views_of(session, since=LONG_AGO, until=NOW),
        "view ids": view_ids_for(session, SYSTEM, 1, since=LONG_AGO, until=NOW),
        "read together": pairs_read_together(session, kinds=["article.viewed"], since=LONG_AGO),
        "learned": learned_queries(row for visit in sessions for row in successes(visit)),
        "replaced": replacements(row for visit in sessions for row in retries(visit)),
    }


@pytest.mark.parametrize("reason", LeftOut)
def test_nothing_that_is_made_from_the_ledger_changes(session: Session, reason: LeftOut) -> None:
    world = make_world(session, seed=4)
    before = read_everything(session)

    record(session, shadow(world, reason), now=NOW)

    assert read_everything(session) == before


def test_what_is_left_out_is_counted(session: Session) -> None:
    world = make_world(session, seed=4)
    assert Ledger(session, SYSTEM, MONTH, now=NOW).left_out == dict.fromkeys(LeftOut, 0)

    added = [*shadow(world, LeftOut.BOT), *shadow(world, LeftOut.STAFF)[:7]]
    record(session, added, now=NOW)

    since = MONTH.period.starts_at
    expected = {
        reason: sum(fact.left_out_as is reason and since <= fact.occurred_at for fact in added)
        for reason in LeftOut
    }
    assert Ledger(session, SYSTEM, MONTH, now=NOW).left_out == expected
    assert expected[LeftOut.BOT] > 50


def test_what_is_taken_back_is_as_if_it_had_never_been(session: Session) -> None:
    world = make_world(session, seed=4)
    before = read_everything(session)
    contributed = [fact for fact in world.facts if not KINDS[fact.kind].passive and fact.account_id]
    again = [replace(fact, key=f"again:{fact.key}") for fact in contributed]

    ids = record(session, again, now=NOW)
    assert read_everything(session) != before
    void(session, ids, reason="removed", now=NOW)

    assert read_everything(session) == before
    since = MONTH.period.starts_at
    voided = Ledger(session, SYSTEM, MONTH, now=NOW).left_out[LeftOut.VOIDED]
    assert voided == sum(since <= fact.occurred_at for fact in again)
