"""What is known of accounts, read once and told as of any day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, isfinite
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.adoption.models import Signal
from portal.adoption.queries import tallies
from portal.health.model import STEP_COUNTS, Model
from portal.health.rules import Evidence, Tally
from portal.onboarding.models import Checklist, ChecklistStep

COMPLETED: Final = "step.completed"
STEP_KINDS: Final = (COMPLETED, "step.reopened")


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredStep:
    """A required step of a checklist; `subject` is what its signals are about."""

    subject: str
    started_on: date
    due_on: date


Move = tuple[date, str, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """An account's tallies and required steps.

    `moves` says, in order, on which day which step was done (True) or opened again.
    """

    seats: int
    tallies: tuple[Tally, ...]
    moves: Sequence[Move]
    steps: Sequence[RequiredStep]

    def as_of(self, day: date) -> Evidence:
        """Return what was known at the end of a day. Whether a step was done is read from the ledger."""
        done = {subject: is_done for at, subject, is_done in self.moves if at <= day}
        required = [step for step in self.steps if step.started_on <= day]
        return Evidence(
            seats=self.seats,
            tallies=self.tallies,
            steps_required=len(required),
            steps_completed=sum(done.get(step.subject, False) for step in required),
            steps_due=sum(step.due_on <= day for step in required),
        )


def read_dossiers(
    session: Session, accounts: Iterable[Account], *, model: Model, first: date, last: date
) -> Mapping[int, Dossier]:
    """Read what a model looks at to score some accounts on any day from the first to the last, by account.

    The counts of people's days are read as far back as the model can look; what is earlier, and can only show
    that there is evidence and who was last seen when, comes as one tally for each kind and person.
    """
    seats = {account.id: account.seats for account in accounts}
    told: defaultdict[int, list[Tally]] = defaultdict(list)
    for account_id, kind, day, person, signals in tallies(
        session, seats, since=_since(model, first), until=last
    ):
        told[account_id].append(Tally(kind=kind, day=day, person=person or None, signals=signals))
    steps = _required_steps(session, seats)
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


def _required_steps(session: Session, account_ids: Iterable[int]) -> Mapping[int, Sequence[RequiredStep]]:
    rows = session.execute(
        select(Checklist.account_id, ChecklistStep.id, Checklist.started_on, ChecklistStep.due_on)
        .join(ChecklistStep.checklist)
        .where(Checklist.account_id.in_(account_ids), ChecklistStep.is_required)
    )
    steps: defaultdict[int, list[RequiredStep]] = defaultdict(list)
    for account_id, step_id, started_on, due_on in rows:
        step = RequiredStep(subject=f"step:{step_id}", started_on=started_on, due_on=due_on)
        steps[account_id].append(step)
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
