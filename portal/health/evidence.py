"""What is known of an account, read once and told as of any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.adoption.queries import facts_until
from portal.core.clock import site_day, site_day_end
from portal.health.model import STEP_COUNTS, Model
from portal.health.rules import Evidence, Tally
from portal.onboarding.models import Checklist, ChecklistStep

STEP_KINDS: Final = ("step.completed", "step.reopened")


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredStep:
    """A required step of a checklist; `subject` is what its signals are about."""

    subject: str
    started_on: date
    due_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """An account's tallies and required steps.

    `moves` says, in order, on which day which step was done (True) or opened again.
    """

    seats: int
    tallies: tuple[Tally, ...]
    moves: Sequence[tuple[date, str, bool]]
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


def read_dossier(session: Session, account: Account, *, model: Model, until: date) -> Dossier:
    """Read what a model looks at, up to the end of a day."""
    end = site_day_end(until)
    rows = facts_until(session, account_id=account.id, kinds={*_kinds(model), *STEP_KINDS}, until=end)
    return Dossier(
        seats=account.seats,
        tallies=tuple(
            Tally(
                kind=row.kind,
                day=site_day(row.occurred_at),
                person=None if row.user_id is None else f"user:{row.user_id}",
                signals=1,
            )
            for row in rows
        ),
        moves=[
            (site_day(row.occurred_at), row.subject or "", row.kind == STEP_KINDS[0])
            for row in rows
            if row.kind in STEP_KINDS
        ],
        steps=_required_steps(session, account.id),
    )


def _kinds(model: Model) -> set[str]:
    features = [feature for component in model.components for feature in component.features]
    return {kind for feature in features for kind in feature.kinds + feature.of} - set(STEP_COUNTS)


def _required_steps(session: Session, account_id: int) -> list[RequiredStep]:
    rows = session.execute(
        select(ChecklistStep.id, Checklist.started_on, ChecklistStep.due_on)
        .join(ChecklistStep.checklist)
        .where(Checklist.account_id == account_id, ChecklistStep.is_required)
    )
    return [
        RequiredStep(subject=f"step:{step_id}", started_on=started_on, due_on=due_on)
        for step_id, started_on, due_on in rows
    ]
