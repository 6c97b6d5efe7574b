"""Reads for validations: the site's own history of accounts, and what was found in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountOutcome, AccountStatus
from portal.adoption.queries import recordings
from portal.core.batches import batches
from portal.core.clock import site_day
from portal.core.errors import NotFoundError
from portal.health.evidence import Dossier, read_dossiers
from portal.health.model import Model
from portal.health.rules import Evidence
from portal.health.validation.cases import LOST, Mark, Outcome, Past
from portal.health.validation.models import Validation

BATCH: Final = 25
AT_HAND: Final = 2
WORST_FIRST: Final = tuple(Outcome)


class Records:
    """What the ledger says of accounts up to a day, read for 25 at a time, in the order of external ids."""

    def __init__(self, session: Session, accounts: Iterable[Account], *, until: date) -> None:
        self._session, self._until = session, until
        account_ids = [account.id for account in sorted(accounts, key=lambda account: account.external_id)]
        self._beside = {
            account_id: tuple(some) for some in batches(account_ids, BATCH) for account_id in some
        }
        self._dossiers = lru_cache(maxsize=AT_HAND)(self._read_dossiers)
        self._marks = lru_cache(maxsize=AT_HAND)(self._read_marks)

    def dossier(self, account_id: int, model: Model) -> Dossier:
        """Return what a model looks at of an account."""
        return self._dossiers(self._beside[account_id], model)[account_id]

    def marks(self, account_id: int) -> Sequence[Mark]:
        """Return all signals of an account, by the day on which they were recorded."""
        return self._marks(self._beside[account_id]).get(account_id, ())

    def _read_dossiers(self, account_ids: tuple[int, ...], model: Model) -> Mapping[int, Dossier]:
        accounts = self._session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
        first = min(account.started_on for account in accounts)
        return read_dossiers(self._session, accounts, model=model, first=first, last=self._until)

    def _read_marks(self, account_ids: tuple[int, ...]) -> Mapping[int, Sequence[Mark]]:
        counts: Counter[tuple[int, str, date, date]] = Counter()
        for account_id, kind, day, recorded_at, count in recordings(self._session, account_ids):
            counts[account_id or 0, kind, day, site_day(recorded_at)] += count
        found: defaultdict[int, list[Mark]] = defaultdict(list)
        for (account_id, kind, day, recorded_on), count in counts.items():
            found[account_id].append(Mark(kind=kind, day=day, recorded_on=recorded_on, signals=count))
        return found


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """All that the ledger says of one account."""

    records: Records
    account_id: int

    def evidence_on(self, model: Model, day: date) -> Evidence:
        """Return what was known at the end of a day, as far as a model looks at it."""
        return self.records.dossier(self.account_id, model).as_of(day)

    def marks(self) -> Sequence[Mark]:
        """Return all signals of the account, also those of later days."""
        return self.records.marks(self.account_id)


def decided_pasts(session: Session, *, today: date) -> list[Past]:
    """Return every outcome of every account up to today, oldest account first: one a day, the worst.

    Who pays beyond a renewal date of which nothing was noted has renewed. Nothing follows the day it left.
    """
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    records = Records(session, accounts, until=today)
    outcomes, pasts = _outcomes(session, today), []
    for account in accounts:
        own = [(Outcome(row.kind.value), row.day) for row in outcomes[account.id]]
        if (day := _renewed_unnoticed_on(account, own, today)) is not None:
            own.append((Outcome.RENEWED, day))
        pasts += [_past(records, account, outcome, day) for outcome, day in _without_contradictions(own)]
    return pasts


def _without_contradictions(outcomes: Iterable[tuple[Outcome, date]]) -> list[tuple[Outcome, date]]:
    worst_last = sorted(outcomes, key=lambda each: (each[1], -WORST_FIRST.index(each[0])))
    by_day = {day: outcome for outcome, day in worst_last}
    left_on = min((day for day, outcome in by_day.items() if outcome is Outcome.CHURNED), default=date.max)
    return [(outcome, day) for day, outcome in by_day.items() if day <= left_on]


def pasts_so_far(session: Session, *, today: date) -> list[Past]:
    """Return every account with the day on which it was first lost, or as one that pays until today."""
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    records = Records(session, accounts, until=today)
    outcomes, pasts = _outcomes(session, today), []
    for account in accounts:
        lost = [(Outcome(row.kind.value), row.day) for row in outcomes[account.id] if row.kind.value in LOST]
        outcome, day = min(lost, key=lambda each: each[1], default=(Outcome.ACTIVE, None))
        pasts.append(_past(records, account, outcome, day))
    return pasts


def _outcomes(session: Session, today: date) -> defaultdict[int, list[AccountOutcome]]:
    found: defaultdict[int, list[AccountOutcome]] = defaultdict(list)
    rows = session.scalars(
        select(AccountOutcome)
        .where(AccountOutcome.day <= today)
        .order_by(AccountOutcome.day, AccountOutcome.id)
    )
    for row in rows:
        found[row.account_id].append(row)
    return found


def _renewed_unnoticed_on(
    account: Account, outcomes: Sequence[tuple[Outcome, date]], today: date
) -> date | None:
    """Return the renewal date that an account has paid beyond; None when it is noted, or still to come."""
    day = account.renews_on
    if account.status is not AccountStatus.ACTIVE or day is None or not account.started_on < day < today:
        return None
    return None if (Outcome.RENEWED, day) in outcomes else day


def _past(records: Records, account: Account, outcome: Outcome, day: date | None) -> Past:
    return Past(
        account=account.external_id,
        started_on=account.started_on,
        tier=account.touch_tier.value,
        cohort=f"{account.started_on:%Y-%m}",
        outcome=outcome,
        outcome_on=day,
        history=OwnHistory(records, account.id),
    )


def latest_for(session: Session, actor: Actor, *, finished: bool) -> Validation | None:
    """Return the newest validation that is finished, or that is not; None when there is none.

    Raises:
        NotFoundError: the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("validation")
    is_open = Validation.finished_at.is_(None)
    return session.scalar(
        select(Validation).where(~is_open if finished else is_open).order_by(Validation.id.desc()).limit(1)
    )
