"""What is known of accounts, read once and told as of any day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, isfinite
from typing import Final, Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, FormerSeats
from portal.adoption.models import Signal
from portal.adoption.queries import tallies
from portal.health.model import STEP_COUNTS, Model
from portal.health.rules import Evidence, Tally
from portal.onboarding.dates.models import FormerDueDay
from portal.onboarding.models import Checklist, ChecklistStep

COMPLETED: Final = "step.completed"
STEP_KINDS: Final = (COMPLETED, "step.reopened")

T = TypeVar("T")
Former = Sequence[tuple[date, T]]
"""What held until the end of which days, in their order."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """What holds now, and what held before."""

    now: T
    former: Former[T] = ()

    def as_of(self, day: date) -> T:
        """Return what held at the end of a day."""
        return next((value for until, value in self.former if day <= until), self.now)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredStep:
    """A required step of a checklist; `subject` is what its signals are about."""

    subject: str
    started_on: date
    due_on: Dated[date]


Move = tuple[date, str, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """An account's tallies and required steps.

    `moves` says, in order, on which day which step was done (True) or opened again.
    """

    seats: Dated[int]
    tallies: tuple[Tally, ...]
    moves: Sequence[Move]
    steps: Sequence[RequiredStep]

    def as_of(self, day: date) -> Evidence:
        """Return what was known at the end of a day. Whether a step was done is read from the ledger."""
        done = {subject: is_done for at, subject, is_done in self.moves if at <= day}
        required = [step for step in self.steps if step.started_on <= day]
        return Evidence(
            seats=self.seats.as_of(day),
            tallies=self.tallies,
            steps_required=len(required),
            steps_completed=sum(done.get(step.subject, False) for step in required),
            steps_due=sum(step.due_on.as_of(day) <= day for step in required),
        )


def read_dossiers(
    session: Session, accounts: Iterable[Account], *, model: Model, first: date, last: date
) -> Mapping[int, Dossier]:
    """Read what a model looks at to score some accounts on any day from the first to the last, by account.

    The counts of people's days are read as far back as the model can look; what is earlier, and can only show
    that there is evidence and who was last seen when, comes as one tally for each kind and person.
    """
    seats = _seats(session, accounts, since=first)
    told: defaultdict[int, list[Tally]] = defaultdict(list)
    for account_id, kind, day, person, signals in tallies(
        session, seats, since=_since(model, first), until=last
    ):
        told[account_id].append(Tally(kind=kind, day=day, person=person or None, signals=signals))
    steps = _required_steps(session, seats, since=first)
    moves = _moves(session, steps, until=last)
    return {
        account_id: Dossier(
            seats=number,
            tallies=tuple(told[account_id]),
            moves=moves.get(account_id, ()),
            steps=steps.get(account_id, ()),
        )
        for account_id, number in seats.items()
    }


def read_dossier(session: Session, account: Account, *, model: Model, first: date, last: date) -> Dossier:
    """Read what a model looks at to score an account on any day from the first to the last."""
    return read_dossiers(session, [account], model=model, first=first, last=last)[account.id]


def _since(model: Model, first: date) -> Mapping[str, date]:
    """Return for each kind that a model looks at the earliest day whose signals still weigh by their age."""
    reaches: defaultdict[str, int] = defaultdict(int)
    for component in model.components:
        for feature in component.features:
            reach = ceil(feature.reach_days) if isfinite(feature.reach_days) else 0
            for kind in feature.kinds + feature.of:
                reaches[kind] = max(reaches[kind], reach)
    return {
        kind: date.fromordinal(max(first.toordinal() - reach + 1, 1))
        for kind, reach in reaches.items()
        if kind not in STEP_COUNTS
    }


def _former(session: Session, query: Select[int, date, T]) -> Mapping[int, Former[T]]:
    """Return what held before, by the thing that it held for."""
    former: defaultdict[int, list[tuple[date, T]]] = defaultdict(list)
    for key, until, value in session.execute(query):
        former[key].append((until, value))
    return former


def _seats(session: Session, accounts: Iterable[Account], *, since: date) -> Mapping[int, Dated[int]]:
    seats = {account.id: account.seats for account in accounts}
    former = _former(
        session,
        select(FormerSeats.account_id, FormerSeats.until, FormerSeats.seats)
        .where(FormerSeats.account_id.in_(seats), FormerSeats.until >= since)
        .order_by(FormerSeats.until),
    )
    return {account_id: Dated(number, former.get(account_id, ())) for account_id, number in seats.items()}


def _required_steps(
    session: Session, account_ids: Iterable[int], *, since: date
) -> Mapping[int, Sequence[RequiredStep]]:
    former = _former(
        session,
        select(FormerDueDay.step_id, FormerDueDay.until, FormerDueDay.due_on)
        .join(ChecklistStep, ChecklistStep.id == FormerDueDay.step_id)
        .join(ChecklistStep.checklist)
        .where(Checklist.account_id.in_(account_ids), FormerDueDay.until >= since)
        .order_by(FormerDueDay.until),
    )
    rows = session.execute(
        select(Checklist.account_id, ChecklistStep.id, Checklist.started_on, ChecklistStep.due_on)
        .join(ChecklistStep.checklist)
        .where(Checklist.account_id.in_(account_ids), ChecklistStep.is_required)
    )
    steps: defaultdict[int, list[RequiredStep]] = defaultdict(list)
    for account_id, step_id, started_on, due_on in rows:
        due = Dated(due_on, former.get(step_id, ()))
        steps[account_id].append(RequiredStep(subject=f"step:{step_id}", started_on=started_on, due_on=due))
    return steps


def _moves(session: Session, account_ids: Iterable[int], *, until: date) -> Mapping[int, Sequence[Move]]:
    rows = session.execute(
        select(Signal.account_id, Signal.day, Signal.subject, Signal.kind)
        .where(
            Signal.account_id.in_(account_ids),
            Signal.kind.in_(STEP_KINDS),
            Signal.day <= until,
            Signal.left_out_as.is_(None),
        )
        .order_by(Signal.occurred_at, Signal.id)
    )
    moves: defaultdict[int, list[Move]] = defaultdict(list)
    for account_id, day, subject, kind in rows:
        moves[account_id or 0].append((day, subject or "", kind == COMPLETED))
    return moves
