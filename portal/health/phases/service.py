"""Accounts move from phase to phase; each move is a fact of the ledger."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus
from portal.adoption.service import Fact, record
from portal.core.clock import site_day_end
from portal.health.phases import queries
from portal.health.phases.models import AccountPhase, Phase
from portal.health.phases.rules import Move

ENTERED: Final = "phase.entered"


def follow(session: Session, *, day: date, now: datetime) -> int:
    """Move every paying account that leaves its phase by the end of a day; return how many.

    Asking again for the same day changes nothing: whoever came into a phase by then stays for the day.
    """
    accounts = session.scalars(
        select(Account).where(Account.status == AccountStatus.ACTIVE, Account.started_on <= day)
    ).all()
    moving = list(queries.moves(session, accounts, day=day))
    facts = [_enter(session, account, row, move, day=day) for account, row, move in moving]
    record(session, facts, now=now)
    return len(facts)


def _enter(session: Session, account: Account, row: AccountPhase | None, move: Move, *, day: date) -> Fact:
    at = move.at or site_day_end(day)
    before = row.phase if row else Phase.ONBOARDING
    if row is None:
        row = AccountPhase(account_id=account.id)
        session.add(row)
    row.phase, row.ground, row.since, row.moved_on = move.phase, move.ground, at, day
    return Fact(
        kind=ENTERED,
        key=f"{ENTERED}:{account.id}:{move.phase}:{at.isoformat()}",
        occurred_at=at,
        account_id=account.id,
        subject=f"phase:{move.phase}",
        data={"phase": move.phase, "before": before, "ground": move.ground},
    )
